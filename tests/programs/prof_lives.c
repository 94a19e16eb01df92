/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Objects that come and go, and what the profile says of each; to be run
 * with prof:true,lg_prof_sample:0, so that each is a sample.
 *
 * prof_lives log FILE	a thread called maker makes 100 objects at site_a and
 *			50 at site_b; one called taker frees 60 and 10; of
 *			that there is a log.  Objects of site_a that came
 *			before it are freed meanwhile.  Prints where the
 *			functions lie.
 * prof_lives recent FILE the same, then the last samples go to FILE
 * prof_lives threads	the same with neither
 * prof_lives fork	the same, and once more in a child of fork
 * prof_lives max	how many last samples are kept
 * prof_lives rules	what log_start and log_stop say
 * prof_lives full FILE	stacks without end, in a log
 * prof_lives deep FILE	objects of deep stacks, then the last samples
 * prof_lives hooks	what the program's own functions are called with
 */
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "malloc_np.h"

#define	NA		100
#define	NB		50
#define	NEARLY		5
#define	A_SIZE		1000
#define	B_SIZE		100000
#define	DEPTH		300
#define	NFULL		50000
#define	NPCS		128

/* The linker says where a section begins and ends. */
#define	IN(name)	__attribute__((noinline, section(#name)))
#define	SECTIONS(X)	X(at_a) X(at_b) X(at_take)
#define	DECLARE(name)	extern char __start_##name[], __stop_##name[];
SECTIONS(DECLARE)

struct write_to {
	void	(*write)(void *, const char *);
	void	*arg;
};

static void *volatile a[NA], *volatile b[NB], *volatile early[NEARLY];

static void
expect(int expected, int error, const char *what)
{
	if (error != expected)
		errx(1, "%s: error %d, not %d", what, error, expected);
}

static int
set(const char *name, const void *p, size_t size)
{
	return (mallctl(name, NULL, NULL, (void *)(uintptr_t)p, size));
}

static int
command(const char *name)
{
	return (mallctl(name, NULL, NULL, NULL, 0));
}

static void
name_set(const char *name)
{
	int error = set("thread.prof.name", &name, sizeof(name));

	/* Where it has the system's, this is another way to the same. */
	if (error == ENOENT)
		(void)pthread_setname_np(pthread_self(), name);
	else
		expect(0, error, "thread.prof.name");
}

static IN(at_a) void
site_a(void *volatile *to, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		to[i] = malloc(A_SIZE);
}

static IN(at_b) void
site_b(void *volatile *to, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		to[i] = malloc(B_SIZE);
}

static IN(at_take) void
site_take(void *volatile *from, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(from[i]);
}

static void *
make(void *arg)
{
	name_set("maker");
	site_a(a, NA);
	site_b(b, NB);
	return (arg);
}

static void *
take(void *arg)
{
	name_set("taker");
	site_take(a, 60);
	site_take(b, 10);
	site_take(early, NEARLY);
	return (arg);
}

static void
thread_run(void *(*f)(void *))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, f, NULL) != 0)
		errx(1, "no thread");
	(void)pthread_join(thread, NULL);
}

static void
threads_run(void)
{
	site_a(early, NEARLY);
	thread_run(make);
	thread_run(take);
}

#define	PRINT(name)							\
	printf("%s %ju %ju\n", #name, (uintmax_t)(uintptr_t)__start_##name, \
	    (uintmax_t)(uintptr_t)__stop_##name);

static void
log_to(const char *file)
{
	site_a(early, NEARLY);
	expect(0, set("prof.log_start", &file, sizeof(file)), "log_start");
	thread_run(make);
	thread_run(take);
	expect(0, command("prof.log_stop"), "log_stop");
	site_take(a + 60, NA - 60);
}

/* Nothing is held while this is called: it may do as it likes. */
static void
piece_write(void *arg, const char *piece)
{
	char *copy = strdup(piece);
	ssize_t max;
	size_t len = sizeof(max);

	expect(0, mallctl("experimental.prof_recent.alloc_max", &max, &len,
	    NULL, 0), "alloc_max");
	if (fputs(copy, arg) == EOF)
		err(1, "write");
	free(copy);
}

static void
recent_to(const char *name)
{
	FILE *file = fopen(name, "w");
	struct write_to to = { piece_write, file };

	if (file == NULL)
		err(1, "%s", name);
	expect(0, set("experimental.prof_recent.alloc_dump", &to, sizeof(to)),
	    "alloc_dump");
	if (fclose(file) != 0)
		err(1, "%s", name);
}

static char text[1 << 20];

static void
piece_keep(void *arg, const char *piece)
{
	(void)arg;
	if (strlen(text) + strlen(piece) >= sizeof(text))
		errx(1, "too many samples");
	strcat(text, piece);
}

static size_t
released_count(void)
{
	const char *at = text;
	size_t n = 0;

	while ((at = strstr(at, "\"released\"")) != NULL) {
		at++;
		n++;
	}
	return (n);
}

/* Sets it, tells what it was; a new one, and how many there are then. */
static void
max_check(ssize_t old, ssize_t new, size_t n)
{
	struct write_to to = { piece_keep, NULL };
	ssize_t max;
	size_t len = sizeof(max);

	expect(0, mallctl("experimental.prof_recent.alloc_max", &max, &len,
	    &new, sizeof(new)), "alloc_max");
	if (max != old)
		errx(1, "alloc_max was %zd, not %zd", max, old);
	text[0] = '\0';
	expect(0, set("experimental.prof_recent.alloc_dump", &to, sizeof(to)),
	    "alloc_dump");
	if (released_count() != n)
		errx(1, "%zu samples of %zd, not %zu", released_count(), new,
		    n);
}

static void
max_run(void)
{
	ssize_t wrong = -2;
	struct write_to to = { piece_keep, NULL };

	expect(EINVAL, set("experimental.prof_recent.alloc_max", &wrong,
	    sizeof(wrong)), "-2");
	expect(EINVAL, set("experimental.prof_recent.alloc_max", &wrong, 1),
	    "a byte");
	expect(EINVAL, set("experimental.prof_recent.alloc_dump", &to, 1),
	    "a byte");
	expect(EINVAL, command("experimental.prof_recent.alloc_dump"),
	    "nothing");
	max_check(0, 40, 0);
	site_a(a, NA);
	max_check(40, 70, 40);
	site_a(early, NEARLY);
	max_check(70, -1, 45);
	site_take(a, NA);
	site_a(a, NA);
	max_check(-1, 7, 7);
	site_take(a, NA);
	max_check(7, 0, 0);
	max_check(0, 20, 0);
	site_a(a, NA);
	expect(0, command("prof.reset"), "reset");
	/* They know by themselves who was there. */
	max_check(20, 20, 20);
	site_take(a, NA);
	max_check(20, 20, 20);
	site_take(early, NEARLY);
}

static void
rules_run(void)
{
	const char *file = "rules.json", *nowhere = "/nowhere/at/all";
	char *longest = calloc(1, 6000);

	expect(EFAULT, command("prof.log_stop"), "no log");
	expect(0, command("prof.log_start"), "of the prefix");
	expect(EFAULT, set("prof.log_start", &file, sizeof(file)), "again");
	expect(0, command("prof.log_stop"), "stop");
	expect(EFAULT, command("prof.log_stop"), "stop again");
	expect(0, set("prof.log_start", &nowhere, sizeof(nowhere)),
	    "nowhere");
	expect(EFAULT, command("prof.log_stop"), "to nowhere");
	expect(EFAULT, command("prof.log_stop"), "it is off");
	memset(longest, 'x', 5999);
	expect(EFAULT, set("prof.log_start", &longest, sizeof(longest)),
	    "a long name");
	expect(EINVAL, set("prof.log_start", &file, 1), "a byte");
	expect(0, set("prof.log_start", &file, sizeof(file)), "by name");
	expect(0, command("prof.log_stop"), "by name");
	free(longest);
}

static void
backtrace_new(void **pcs, unsigned *n, unsigned max)
{
	static _Thread_local uintptr_t count;
	unsigned i;

	for (i = 0; i < NPCS && i < max; i++)
		pcs[i] = (void *)(uintptr_t)(i + 1);
	pcs[0] = (void *)++count;
	*n = i;
}

static void
full_to(const char *file)
{
	void (*f)(void **, unsigned *, unsigned) = backtrace_new;
	void *volatile p;
	size_t i;

	expect(0, set("experimental.hooks.prof_backtrace", &f, sizeof(f)),
	    "prof_backtrace");
	expect(0, set("prof.log_start", &file, sizeof(file)), "log_start");
	for (i = 0; i < NFULL; i++) {
		p = malloc(A_SIZE);
		free(p);
	}
	expect(0, command("prof.log_stop"), "log_stop");
}

static __attribute__((noinline)) void
deep(unsigned depth)
{
	if (depth > 0)
		deep(depth - 1);
	else
		site_a(a, 1);
	/* Not the last thing it does, so there is a frame for each. */
	__asm__ volatile("");
}

static struct {
	unsigned	samples, frees, dumps;
	const void	*p;
	size_t		size, usable;
	unsigned	n;
	char		name[4096];
} seen;

static void
sample_seen(const void *p, size_t size, void **pcs, unsigned n, size_t usable)
{
	(void)pcs;
	if (size != A_SIZE)
		return;
	seen.samples++;
	seen.p = p;
	seen.size = size;
	seen.n = n;
	seen.usable = usable;
	free(malloc(A_SIZE));
}

static void
free_seen(const void *p, size_t usable)
{
	if (p == seen.p && usable == seen.usable)
		seen.frees++;
}

static void
dump_seen(const char *name)
{
	seen.dumps++;
	(void)snprintf(seen.name, sizeof(seen.name), "%s", name);
}

/* The name of the next dump is told whole, and is that of a file. */
static void
dump_check(const char *prefix)
{
	char name[4096];

	expect(0, set("prof.prefix", &prefix, sizeof(prefix)), "prefix");
	expect(0, command("prof.dump"), "prof.dump");
	(void)snprintf(name, sizeof(name), "%s.%d.%u.m%u.heap", prefix,
	    (int)getpid(), seen.dumps - 1, seen.dumps - 1);
	if (strcmp(name, seen.name) != 0)
		errx(1, "%s, not %s", seen.name, name);
	if (access(name, R_OK) != 0)
		err(1, "%s", name);
}

static void
hooks_run(void)
{
	void (*sample)(const void *, size_t, void **, unsigned, size_t) =
	    sample_seen;
	void (*sample_free)(const void *, size_t) = free_seen;
	void (*dump)(const char *) = dump_seen;
	char slashes[1000];
	const void *none = NULL;

	expect(EINVAL, set("experimental.hooks.prof_backtrace", &none,
	    sizeof(none)), "no backtrace");
	expect(0, set("experimental.hooks.prof_sample", &sample,
	    sizeof(sample)), "prof_sample");
	expect(0, set("experimental.hooks.prof_sample_free", &sample_free,
	    sizeof(sample_free)), "prof_sample_free");
	expect(0, set("experimental.hooks.prof_dump", &dump, sizeof(dump)),
	    "prof_dump");
	site_a(a, 1);
	if (seen.samples != 1 || seen.p != a[0] || seen.n == 0 ||
	    seen.usable != malloc_usable_size(a[0]))
		errx(1, "%u samples, the last %p of %zu", seen.samples, seen.p,
		    seen.usable);
	site_take(a, 1);
	if (seen.frees != 1)
		errx(1, "%u frees", seen.frees);
	dump_check("short");
	memset(slashes, '/', sizeof(slashes));
	slashes[0] = '.';
	memcpy(slashes + sizeof(slashes) - 5, "long", 5);
	dump_check(slashes);
	expect(0, set("experimental.hooks.prof_sample", &none, sizeof(none)),
	    "none");
	site_a(a, 1);
	site_take(a, 1);
	if (seen.samples != 1)
		errx(1, "a sample to nobody");
}

static void
fork_run(void)
{
	int status;
	pid_t pid;

	threads_run();
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		threads_run();
		exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status != 0)
		errx(1, "the child has failed");
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	const char *file = argc > 2 ? argv[2] : "file";

	if (strcmp(what, "log") == 0)
		log_to(file);
	else if (strcmp(what, "recent") == 0) {
		threads_run();
		recent_to(file);
	} else if (strcmp(what, "threads") == 0)
		threads_run();
	else if (strcmp(what, "fork") == 0)
		fork_run();
	else if (strcmp(what, "max") == 0)
		max_run();
	else if (strcmp(what, "rules") == 0)
		rules_run();
	else if (strcmp(what, "full") == 0)
		full_to(file);
	else if (strcmp(what, "deep") == 0) {
		deep(DEPTH);
		recent_to(file);
	} else if (strcmp(what, "hooks") == 0)
		hooks_run();
	else
		errx(2, "usage: prof_lives what [file]");
	SECTIONS(PRINT)
	printf("pid %d\n", (int)getpid());
	return (0);
}
