/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The allocators that are compared: ours, the C library's, and those of the
 * peers that are installed.
 */

#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

struct peer {
	const char	*name;
	const char	*file;
};

static const struct peer peers[] = {
	{ "jemalloc", "libjemalloc.so.2" },
	{ "mimalloc", "libmimalloc.so.2.0" },
	{ "tcmalloc", "libtcmalloc_minimal.so.4" },
};

#if defined(__x86_64__)
#define	MULTIARCH	"/usr/lib/x86_64-linux-gnu"
#elif defined(__aarch64__)
#define	MULTIARCH	"/usr/lib/aarch64-linux-gnu"
#else
#define	MULTIARCH	"/usr/lib64"
#endif

static const char *const libdirs[] = {
	"/usr/local/lib", MULTIARCH, "/usr/lib64", "/usr/lib",
};

static bool
same_file(const char *path1, const char *path2)
{
	struct stat st1, st2;

	return (stat(path1, &st1) == 0 && stat(path2, &st2) == 0 &&
	    st1.st_dev == st2.st_dev && st1.st_ino == st2.st_ino);
}

/*
 * The C library's malloc is in charge when a preload fails to load, which
 * is the one mistake that would make every figure a lie: stop there.
 */
static void
probe(struct bench *b, struct allocator *a)
{
	char flag[] = "-p";
	char *argv[] = { NULL, flag, NULL };
	char program[PATH_LEN + 16], text[2048];
	char *version;

	run_program(b, "workload", program, sizeof(program));
	argv[0] = program;
	if (!run_captured(b, a, argv, text, sizeof(text)))
		fatal("no program runs under %s (%s)", a->name, a->path);
	version = strchr(text, '\n');
	if (version == NULL)
		fatal("workload -p under %s said: %s", a->name, text);
	*version++ = '\0';
	if (a->path[0] != '\0' && !same_file(text, a->path))
		fatal("%s did not take effect, malloc is from %s\n%s",
		    a->path, text, version);
	version[strcspn(version, "\n")] = '\0';
	/* jemalloc adds the commit that it was built from. */
	if (strstr(version, "-0-g") != NULL)
		*strstr(version, "-0-g") = '\0';
	snprintf(a->version, sizeof(a->version), "%s", version);
}

static void
add(struct bench *b, const char *name, const char *path)
{
	struct allocator *a;

	a = &b->allocators[b->nallocators++];
	a->name = name;
	snprintf(a->path, sizeof(a->path), "%s", path);
	probe(b, a);
	progress_line(b, "%-10s%s %s", name, a->version, a->path);
}

static void
add_peer(struct bench *b, const struct peer *peer)
{
	char path[PATH_LEN];
	unsigned i;

	for (i = 0; i < sizeof(libdirs) / sizeof(libdirs[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", libdirs[i],
		    peer->file);
		if (access(path, R_OK) == 0) {
			add(b, peer->name, path);
			return;
		}
	}
	progress_line(b, "%-10sskipped: %s is not installed", peer->name,
	    peer->file);
}

/* The first that is found is what the others are measured against. */
void
allocators_find(struct bench *b, const char *library, const char *names)
{
	char path[PATH_MAX];
	unsigned i;

	if (library != NULL && list_has(names, "basalt")) {
		if (realpath(library, path) == NULL)
			fatal("%s: %s", library, strerror(errno));
		if (strlen(path) >= PATH_LEN || strpbrk(path, " :") != NULL)
			fatal("%s: a path that cannot be preloaded", path);
		add(b, "basalt", path);
	} else if (library == NULL)
		progress_line(b, "%-10sskipped: no -b LIBRARY given",
		    "basalt");
	if (list_has(names, "glibc"))
		add(b, "glibc", "");
	for (i = 0; i < sizeof(peers) / sizeof(peers[0]); i++) {
		if (list_has(names, peers[i].name))
			add_peer(b, &peers[i]);
	}
	if (b->nallocators == 0)
		fatal("no allocator to measure");
}
