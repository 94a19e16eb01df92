/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Loads and unloads the library it is given, again and again, also in threads.
 */

#include <dlfcn.h>
#include <pthread.h>

#include "../include/testutil.h"

static void *
load_and_unload(void *path)
{
	char *(*local)(void);
	void *library, *symbol;
	int i;

	for (i = 0; i < 30; i++) {
		library = dlopen(path, RTLD_NOW);
		if (library == NULL) {
			printf("plugin_load: %s\n", dlerror());
			return (path);
		}
		/* Its TLS is allocated by the first access in a thread. */
		symbol = dlsym(library, "plugin_local");
		memcpy(&local, &symbol, sizeof(local));
		memset(local(), 1, 2000);
		dlclose(library);
	}
	return (NULL);
}

int
main(int argc, char **argv)
{
	pthread_t threads[4];
	void *bad;
	int i, status;

	status = argc > 1 && load_and_unload(argv[1]) == NULL ? 0 : 1;
	for (i = 0; i < 4; i++)
		if (pthread_create(&threads[i], NULL, load_and_unload,
		    argv[1]) != 0)
			return (2);
	for (i = 0; i < 4; i++)
		if (pthread_join(threads[i], &bad) != 0 || bad != NULL)
			status = 1;
	printf("plugin_load: %s\n", status == 0 ? "done" : "failed");
	return (status);
}
