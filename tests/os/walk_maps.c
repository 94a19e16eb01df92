/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * walk_maps CASE: what is mapped in a process (os/maps.h), as it sees it.
 * Prints "done".  It has the sources in itself, so it can be built for any
 * libc.
 */
#include <sys/mman.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/maps.h"
#include "walk_case.h"

static _Noreturn void
fail(const char *what)
{
	printf("%s\n", what);
	fflush(stdout);
	_exit(1);
}

static void
walk_maps(void)
{
	static char buf[OS_MAPS_BUFFER];
	unsigned char id[OS_BUILD_ID_MAX];
	struct os_mapping mapping;
	struct os_maps maps;
	uintptr_t last = 0;
	unsigned found = 0;

	if (!_bas_os_maps_begin(&maps, buf, sizeof(buf)))
		fail("no /proc");
	while (_bas_os_maps_next(&maps, &mapping)) {
		if (mapping.start < last || mapping.end <= mapping.start)
			fail("not in order");
		last = mapping.end;
		if ((uintptr_t)walk_maps - mapping.start <
		    mapping.end - mapping.start) {
			found++;
			if (!mapping.executable ||
			    strstr(mapping.path, "/walk_maps") == NULL)
				fail("the code");
			if (_bas_os_build_id(&maps, mapping.base, id) != 8 ||
			    memcmp(id, "basalt!\n", 8) != 0)
				fail("the build id");
		}
		/* Emulators leave out the stack. */
		if ((uintptr_t)buf - mapping.start <
		    mapping.end - mapping.start) {
			found++;
			if (!mapping.readable || mapping.executable)
				fail("the data");
		}
	}
	_bas_os_maps_end(&maps);
	if (found != 2)
		fail("not all found");
	/* Of lines that are longer than the buffer nothing is seen. */
	if (!_bas_os_maps_begin(&maps, buf, 80))
		fail("no /proc");
	for (last = 0; _bas_os_maps_next(&maps, &mapping); last = mapping.end)
		if (mapping.start < last || mapping.end <= mapping.start)
			fail("not a whole line");
	_bas_os_maps_end(&maps);
	if (!_bas_os_readable((uintptr_t)id, sizeof(id)) ||
	    _bas_os_readable(0, 1) || _bas_os_readable(8, UINTPTR_MAX))
		fail("what can be read");
}

static _Atomic uintptr_t comes;
static _Atomic bool stop;

/* A file with a build id, and nothing, by turns in the same place. */
static void *
come_and_go(void *arg)
{
	void *place = *(void **)arg;
	size_t size = 4096;
	int fd = open("/proc/self/exe", O_RDONLY);

	if (fd < 0)
		fail("/proc/self/exe");
	while (!stop) {
		if (mmap(place, size, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd,
		    0) == MAP_FAILED)
			fail("mmap");
		comes++;
		if (mmap(place, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS |
		    MAP_FIXED, -1, 0) == MAP_FAILED)
			fail("mmap");
	}
	close(fd);
	return (NULL);
}

/* What is looked at goes, whenever that may be. */
static void
walk_unmapped(void)
{
	static char buf[OS_MAPS_BUFFER];
	unsigned char id[OS_BUILD_ID_MAX];
	struct os_maps maps;
	pthread_t thread;
	void *place;
	unsigned n;

	place = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
	    0);
	if (place == MAP_FAILED || !_bas_os_maps_begin(&maps, buf, sizeof(buf)))
		fail("no memory");
	if (pthread_create(&thread, NULL, come_and_go, &place) != 0)
		fail("pthread_create");
	while (comes < 10000) {
		n = _bas_os_build_id(&maps, (uintptr_t)place, id);
		/* Zeros are what the place holds in between. */
		if (n != 0 && (n != 8 || (memcmp(id, "basalt!\n", 8) != 0 &&
		    memcmp(id, "\0\0\0\0\0\0\0", 8) != 0)))
			fail("another build id");
	}
	stop = true;
	pthread_join(thread, NULL);
	_bas_os_maps_end(&maps);
}

/* The kernel then has no list under the process' own name. */
static void *
go_on(void *arg)
{
	static char buf[OS_MAPS_BUFFER];
	struct os_mapping mapping;
	struct os_maps maps;
	bool found = false;
	ssize_t n;
	int fd;

	do {
		fd = open("/proc/self/maps", O_RDONLY);
		n = fd < 0 ? 0 : read(fd, buf, 1);
		if (fd >= 0)
			close(fd);
	} while (n > 0);
	if (!_bas_os_maps_begin(&maps, buf, sizeof(buf)))
		fail("nothing is mapped");
	while (_bas_os_maps_next(&maps, &mapping))
		found |= (uintptr_t)go_on - mapping.start <
		    mapping.end - mapping.start && mapping.executable;
	if (!found)
		fail("the code");
	printf("done\n");
	exit(0);
	return (arg);
}

static void
walk_exited(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, go_on, NULL) != 0)
		fail("pthread_create");
	pthread_exit(NULL);
}

static const struct walk_case cases[] = {
	{ "maps", walk_maps },
	{ "unmapped", walk_unmapped },
	{ "exited", walk_exited },
};

int
main(int argc, char **argv)
{

	return (walk_case_run(cases, sizeof(cases) / sizeof(cases[0]), argc,
	    argv));
}
