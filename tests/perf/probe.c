/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Whose malloc is this?  A preload that cannot be loaded is only a warning
 * to the dynamic loader, and the program would then measure the C library
 * under another's name; so the driver asks first.
 */

#include <dlfcn.h>
#include <stdio.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "work.h"

typedef int		mallctl_fn(const char *, void *, size_t *, void *,
			    size_t);
typedef int		mi_version_fn(void);
typedef const char	*tc_version_fn(int *, int *, const char **);

/* The peers have no common name for their version. */
static void
version_print(void)
{
	mallctl_fn *mallctl;
	mi_version_fn *mi_version;
	tc_version_fn *tc_version;
	const char *version;
	size_t len;
	int v;

	*(void **)&mallctl = dlsym(RTLD_DEFAULT, "mallctl");
	*(void **)&mi_version = dlsym(RTLD_DEFAULT, "mi_version");
	*(void **)&tc_version = dlsym(RTLD_DEFAULT, "tc_version");
	version = NULL;
	len = sizeof(version);
	if (mallctl != NULL &&
	    mallctl("version", &version, &len, NULL, 0) == 0) {
		printf("%s\n", version);
	} else if (mi_version != NULL) {
		v = mi_version();
		if (v < 1000)
			printf("%d.%d.%d\n", v / 100, v / 10 % 10, v % 10);
		else
			printf("%d.%d.%d\n", v / 10000, v / 100 % 100,
			    v % 100);
	} else if (tc_version != NULL) {
		printf("%s\n", tc_version(NULL, NULL, NULL));
	} else {
#ifdef __GLIBC__
		printf("%s\n", gnu_get_libc_version());
#else
		printf("\n");
#endif
	}
}

/* Two lines: the file that malloc comes from, and its version. */
void
probe_print(void)
{
	Dl_info info;
	void *p;

	p = dlsym(RTLD_DEFAULT, "malloc");
	if (p == NULL || dladdr(p, &info) == 0)
		work_fail("cannot tell where malloc comes from");
	printf("%s\n", info.dli_fname);
	version_print();
}
