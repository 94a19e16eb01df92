/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A storm of forks in a process whose other threads are busy in the allocator
 * and in stdio.
 *
 * The child of such a process gets every lock as it was at that moment, and
 * libc takes stdio's locks itself during fork: an allocator that holds its own
 * at that time can deadlock with a thread that allocates within stdio.  The
 * children here allocate at once, use stdio, free what they inherited, start
 * threads and fork again.  A watchdog names the place that makes no progress.
 *
 * -m	modest: children leave streams alone that are not their own, and handlers
 *	of fork do not fork.  There are libcs whose fork leaves a stream locked
 *	that another thread was using, and locks the list of handlers.
 */

#include <sys/mman.h>
#include <sys/wait.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define	NFORKERS	2
#define	NWORKERS_MAX	64
#define	NPARKED		2000
#define	NOWN		300

extern char **environ;

enum kind {
	KIND_ALLOCATE, KIND_STDIO, KIND_INHERITED, KIND_THREAD, KIND_GRANDCHILD,
	KIND_BUSY, KIND_CHAIN, KIND_HANDLER_FORK, KIND_EXEC, KIND_COUNT
};

static const char *const kind_name[KIND_COUNT] = {
	"allocate at once", "stdio and exit", "free inherited blocks",
	"start a thread", "fork again", "allocate much", "chain of forks",
	"fork in a fork handler", "vfork or spawn"
};

/* What the watchdog sees of a forker; shared with its children. */
struct forker {
	atomic_ulong	 forks;		/* done */
	atomic_int	 kind;
	atomic_int	 child;		/* pid, 0 within fork itself */
	atomic_int	 stage;		/* written by the child */
	atomic_bool	 finished;
};

static struct forker *forkers;
static atomic_ulong worker_rounds[NWORKERS_MAX];
static unsigned long forks_each = 500;
static unsigned nworkers = 4;
static unsigned patience = 30;
static atomic_bool stopping;
static atomic_ulong failures;
static unsigned char *parked[NPARKED];
static _Atomic(void *) mailbox[64];
static bool modest;
static bool is_child;
static _Thread_local struct forker *self;
static _Thread_local bool handler_forks;

static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (*state);
}

static void
stage(int n)
{
	if (self != NULL)
		self->stage = n;
}

static size_t
park_size(size_t i)
{
	return (16 + i * i % 3000 + (i % 100 == 0 ? 100000 : 0));
}

/* In a child: leave with a status that says where. */
static void
require(bool ok, int where)
{
	if (!ok)
		_exit(100 + where);
}

static void
allocate_some(uint64_t *random, int n)
{
	unsigned char *p[32] = { NULL };
	size_t sizes[32], size;
	int i, slot;

	for (i = 0; i < n; i++) {
		slot = next_random(random) % 32;
		if (p[slot] != NULL) {
			require(p[slot][0] == slot &&
			    p[slot][sizes[slot] - 1] == slot, 1);
			free(p[slot]);
		}
		size = 1 + next_random(random) % (1U << (4 +
		    next_random(random) % 13));
		if (i % 512 == 500)
			size += 1 << 20;
		p[slot] = i % 8 == 0 ? calloc(1, size) : malloc(size);
		require(p[slot] != NULL, 2);
		sizes[slot] = size;
		p[slot][0] = p[slot][size - 1] = slot;
	}
	for (i = 0; i < 32; i++)
		free(p[i]);
}

static void
use_stdio(int rounds)
{
	static const char line[256] = "text";
	char *text;
	size_t size;
	FILE *f, *m;
	int i, n;

	for (i = 0; i < rounds; i++) {
		/* This one allocates, ever more, under the stream's lock. */
		text = NULL;
		m = open_memstream(&text, &size);
		for (n = 0; m != NULL && n < 100 * (i % 4 + 1); n++)
			fwrite(line, sizeof(line), 1, m);
		f = fopen("/dev/null", "r+");
		if (f != NULL) {
			/* So does a number that is as long as this. */
			fprintf(f, "%s %.*d\n", line, 70000, i);
			fflush(f);
		}
		if (!modest || !is_child)
			fflush(NULL);
		if (f != NULL)
			fclose(f);
		if (m != NULL)
			fclose(m);
		free(text);
	}
}

static void *
busy_allocating(void *arg)
{
	unsigned n = (uintptr_t)arg;
	uint64_t random = n * 7919 + 12345;
	void *p;
	int i;

	while (!stopping) {
		allocate_some(&random, 200);
		/* Blocks that another thread frees. */
		for (i = 0; i < 64; i++) {
			p = malloc(next_random(&random) % 2000);
			free(atomic_exchange(&mailbox[i], p));
		}
		worker_rounds[n]++;
	}
	return (NULL);
}

static void *
busy_in_stdio(void *arg)
{
	unsigned n = (uintptr_t)arg;

	while (!stopping) {
		use_stdio(10);
		worker_rounds[n]++;
	}
	return (NULL);
}

/* Users' handlers run beside the allocator's and may allocate. */
static void
in_handler(void)
{
	void *p;

	p = malloc(3000);
	free(malloc(48));
	free(p);
}

static void
in_child_handler(void)
{
	pid_t pid;
	int status = -1;

	in_handler();
	if (!handler_forks)
		return;
	handler_forks = false;
	pid = fork();
	if (pid == 0) {
		in_handler();
		_exit(0);
	}
	require(pid > 0 && waitpid(pid, &status, 0) == pid, 3);
	require(status == 0, 4);
}

static void
wait_for(pid_t pid)
{
	int status;

	require(pid > 0, 5);
	while (waitpid(pid, &status, 0) == -1)
		require(errno == EINTR, 6);
	require(status == 0, 7);
}

static void *
thread_in_child(void *arg)
{
	allocate_some(arg, 500);
	use_stdio(2);
	return (malloc(100));
}

static void
free_inherited(unsigned char **own, uint64_t *random)
{
	size_t i, n, size;
	unsigned char *p;

	for (i = 0; i < NOWN; i++) {
		require(own[i][0] == (unsigned char)i, 10);
		free(own[i]);
	}
	stage(2);
	for (i = 0; i < NPARKED; i++) {
		size = park_size(i);
		p = parked[i];
		for (n = 0; n < size; n += 61)
			require(p[n] == (unsigned char)(i + n), 11);
		if (next_random(random) % 4 == 0) {
			p = realloc(p, size * 2);
			require(p != NULL, 12);
			require(p[0] == (unsigned char)i, 13);
		}
		free(p);
	}
	stage(3);
	allocate_some(random, 3000);
}

static void
chain(int depth, uint64_t *random)
{
	pid_t pid;

	allocate_some(random, 50);
	stage(depth);
	if (depth == 0)
		return;
	pid = fork();
	if (pid == 0) {
		chain(depth - 1, random);
		_exit(0);
	}
	allocate_some(random, 50);
	wait_for(pid);
}

static void
run_child(enum kind kind, unsigned char **own, uint64_t *random)
{
	pthread_t thread;
	void *p;
	pid_t pid;

	is_child = true;
	free(malloc(64));
	stage(1);
	switch (kind) {
	case KIND_ALLOCATE:
		allocate_some(random, 300);
		break;
	case KIND_STDIO:
		use_stdio(5);
		stage(2);
		if (!modest)
			exit(0);
		break;
	case KIND_INHERITED:
		free_inherited(own, random);
		break;
	case KIND_THREAD:
		p = NULL;
		require(pthread_create(&thread, NULL, thread_in_child,
		    random) == 0, 20);
		stage(2);
		require(pthread_join(thread, &p) == 0, 21);
		free(p);
		break;
	case KIND_GRANDCHILD:
		pid = fork();
		if (pid == 0) {
			allocate_some(random, 300);
			use_stdio(2);
			_exit(0);
		}
		stage(2);
		allocate_some(random, 300);
		wait_for(pid);
		break;
	case KIND_BUSY:
		allocate_some(random, 10000);
		break;
	case KIND_CHAIN:
		chain(6, random);
		break;
	default:
		break;
	}
	stage(9);
	_exit(0);
}

static pid_t
run_program(bool spawn)
{
	static char name[] = "true";
	char *args[] = { name, NULL };
	pid_t pid;

	if (spawn)
		return (posix_spawnp(&pid, name, NULL, NULL, args, environ) ==
		    0 ? pid : -1);
	pid = vfork();
	if (pid == 0) {
		execvp(name, args);
		_exit(120);
	}
	return (pid);
}

/* Exec is dear beside the rest, so it has a small share. */
static enum kind
pick_kind(unsigned long n)
{
	return (n % 64 == 63 ? KIND_EXEC : (enum kind)(n % KIND_EXEC));
}

static void *
forker(void *arg)
{
	unsigned char *own[NOWN];
	uint64_t random = (uintptr_t)arg;
	enum kind kind;
	size_t i;
	int status;
	pid_t pid;

	self = arg;
	while (self->forks < forks_each) {
		kind = pick_kind(self->forks);
		for (i = 0; i < NOWN; i++) {
			own[i] = malloc(1 + next_random(&random) % 1000);
			own[i][0] = i;
		}
		self->kind = kind;
		self->stage = 0;
		self->child = 0;
		handler_forks = kind == KIND_HANDLER_FORK && !modest;
		if (kind == KIND_EXEC)
			pid = run_program((self->forks & 64) != 0);
		else
			pid = fork();
		if (pid == 0)
			run_child(kind, own, &random);
		handler_forks = false;
		self->child = pid;
		for (i = 0; i < NOWN; i++)
			free(own[i]);
		status = -1;
		if (pid > 0)
			waitpid(pid, &status, 0);
		if (status != 0) {
			fprintf(stderr, "forkstorm: child to %s: status %#x"
			    " stage %d\n", kind_name[kind], status,
			    atomic_load(&self->stage));
			if (++failures >= 10)
				_exit(1);
		}
		self->forks++;
	}
	self->finished = true;
	return (NULL);
}

/* Says which thread stands still; not through stdio, which may be stuck. */
static void
report_stuck(const char *who, unsigned n)
{
	char text[200];
	int len, pid;

	if (strcmp(who, "forker") == 0) {
		pid = forkers[n].child;
		len = snprintf(text, sizeof(text), "forkstorm: deadlock: forker"
		    " %u, %s, child %d, stage %d, after %lu forks\n", n,
		    kind_name[forkers[n].kind], pid, forkers[n].stage,
		    atomic_load(&forkers[n].forks));
		if (pid > 0)
			kill(pid, SIGKILL);
	} else
		len = snprintf(text, sizeof(text), "forkstorm: deadlock: %s"
		    " %u\n", who, n);
	if (write(STDERR_FILENO, text, len) != len)
		_exit(3);
}

static void
watch(void)
{
	unsigned long before[NFORKERS + NWORKERS_MAX] = { 0 }, now;
	unsigned still[NFORKERS + NWORKERS_MAX] = { 0 };
	unsigned i, running, stuck = 0;

	do {
		nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
		running = 0;
		for (i = 0; i < NFORKERS + nworkers; i++) {
			if (i < NFORKERS) {
				if (forkers[i].finished)
					continue;
				running++;
				now = forkers[i].forks;
			} else
				now = worker_rounds[i - NFORKERS];
			still[i] = now == before[i] ? still[i] + 1 : 0;
			before[i] = now;
			if (still[i] <= patience * 10)
				continue;
			if (i < NFORKERS)
				report_stuck("forker", i);
			else
				report_stuck(i % 2 == 0 ? "allocating thread" :
				    "stdio thread", i - NFORKERS);
			stuck++;
		}
		if (stuck != 0)
			_exit(1);
	} while (running != 0);
}

static void
park_blocks(void)
{
	size_t i, n;

	for (i = 0; i < NPARKED; i++) {
		parked[i] = malloc(park_size(i));
		if (parked[i] == NULL)
			exit(2);
		for (n = 0; n < park_size(i); n++)
			parked[i][n] = i + n;
	}
}

static void *
park_in_thread(void *arg)
{
	park_blocks();
	return (arg);
}

static void
start(pthread_t *thread, void *(*run)(void *), void *arg)
{
	if (pthread_create(thread, NULL, run, arg) != 0) {
		fprintf(stderr, "forkstorm: cannot create a thread\n");
		exit(2);
	}
}

int
main(int argc, char **argv)
{
	pthread_t thread, workers[NWORKERS_MAX];
	unsigned long forks = 1000;
	unsigned i;
	int ch;

	while ((ch = getopt(argc, argv, "mn:t:w:")) != -1) {
		switch (ch) {
		case 'm':
			modest = true;
			break;
		case 'n':
			forks = strtoul(optarg, NULL, 0);
			break;
		case 't':
			nworkers = strtoul(optarg, NULL, 0);
			break;
		case 'w':
			patience = strtoul(optarg, NULL, 0);
			break;
		default:
			nworkers = 0;
			break;
		}
	}
	if (nworkers == 0 || nworkers > NWORKERS_MAX || optind != argc) {
		fprintf(stderr, "usage: forkstorm [-m] [-n forks] [-t threads]"
		    " [-w seconds]\n");
		return (2);
	}
	forks_each = (forks + NFORKERS - 1) / NFORKERS;
	forkers = mmap(NULL, NFORKERS * sizeof(*forkers), PROT_READ |
	    PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (forkers == MAP_FAILED)
		return (2);
	pthread_atfork(in_handler, in_handler, in_child_handler);
	start(&thread, park_in_thread, NULL);
	pthread_join(thread, NULL);
	for (i = 0; i < nworkers; i++)
		start(&workers[i], i % 2 == 0 ? busy_allocating :
		    busy_in_stdio, (void *)(uintptr_t)i);
	for (i = 0; i < NFORKERS; i++) {
		start(&thread, forker, &forkers[i]);
		pthread_detach(thread);
	}
	watch();
	stopping = true;
	for (i = 0; i < nworkers; i++)
		pthread_join(workers[i], NULL);
	printf("forkstorm: forks %lu failures %lu\n", forks_each * NFORKERS,
	    atomic_load(&failures));
	return (failures == 0 ? 0 : 1);
}
