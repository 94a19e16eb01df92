/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * walk CASE: walks up the stack (os/backtrace.h) from places where that is
 * hard, and compares what it finds with return addresses that the functions
 * on the way have noted.  Prints "done"; of "time" also how long one takes,
 * which compares nothing.  It has the sources in itself, so
 * it can be built for any libc; without frame pointers, as programs are.
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include <alloca.h>
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "os/backtrace.h"
#include "os/eh_frame.h"
#include "os/maps.h"
#include "os/module.h"
#include "walk_case.h"

#define	NOINLINE	__attribute__((noinline))
#define	MAX		256

static _Thread_local uintptr_t truth[MAX], got[MAX];
static _Thread_local unsigned ntruth, ngot;
/* What earlier walks have seen of the stack, and what one finds with it. */
static _Thread_local struct backtrace_stack known;
static _Thread_local uintptr_t again[MAX];

static void
fail(const char *what)
{
	unsigned i;

	printf("%s\n", what);
	for (i = 0; i < ngot || i < ntruth; i++)
		printf("%2u %16lx %16lx\n", i,
		    i < ngot ? (unsigned long)got[i] : 0,
		    i < ntruth ? (unsigned long)truth[ntruth - 1 - i] : 0);
	fflush(stdout);
	_exit(1);
}

/* Outermost first; got has a place in the innermost function before. */
#define	NOTE()	(truth[ntruth++] = (uintptr_t)__builtin_return_address(0))

static bool
is_same(unsigned n)
{
	return (n == ngot && (n < 2 || memcmp(again + 1, got + 1,
	    (n - 1) * sizeof(got[0])) == 0));
}

static NOINLINE void
take(void)
{
	unsigned i, n;

	NOTE();
	ngot = _bas_os_backtrace(got, MAX, 0);
	for (i = 0; i < 2; i++) {
		n = _bas_os_backtrace_on(&known, again, MAX);
		/* New code may have become known meanwhile, but once. */
		if (!is_same(n))
			ngot = _bas_os_backtrace(got, MAX, 0);
		if (!is_same(n))
			fail("by what is known of the stack");
	}
	if (known.low > (uintptr_t)&n || known.high <= (uintptr_t)&n)
		fail("what is known of the stack");
	__asm__ volatile("" : : : "memory");
}

static void
compare(const char *what)
{
	unsigned i;

	if (ngot < ntruth + 1)
		fail(what);
	for (i = 0; i < ntruth; i++)
		if (got[i + 1] != truth[ntruth - 1 - i])
			fail(what);
	ntruth = 0;
}

/* Functions of all kinds on the way to f. */
static NOINLINE void
level(unsigned n, void (*f)(void))
{
	volatile char room[200];

	NOTE();
	room[n] = 1;
	if (n > 0)
		level(n - 1, f);
	else
		f();
	room[0] = room[n];
}

static NOINLINE void
moving(size_t size, void (*f)(void))
{
	volatile char *room = alloca(size);

	NOTE();
	room[size - 1] = 1;
	level(3, f);
	room[0] = 1;
}

static NOINLINE void
aligned(size_t size, void (*f)(void))
{
	_Alignas(64) volatile char line[64];
	volatile char *room = alloca(size);

	NOTE();
	line[0] = room[size - 1] = 1;
	moving(size, f);
	line[1] = line[0];
}

static NOINLINE void
large(void (*f)(void))
{
	volatile char room[100000];

	NOTE();
	room[99999] = 1;
	aligned(1000, f);
	room[0] = room[99999];
}

static NOINLINE void
walk_plain(void)
{
	NOTE();
	large(take);
	compare("functions of all kinds");
}

static NOINLINE void
walk_limits(void)
{
	uintptr_t all[MAX];
	unsigned n = _bas_os_backtrace(all, MAX, 0), i;

	for (i = 0; i <= n; i++) {
		ngot = _bas_os_backtrace(got, i, 0);
		if (ngot != i || (i > 1 && memcmp(got + 1, all + 1,
		    (i - 1) * sizeof(got[0])) != 0))
			fail("at most so many");
		ngot = _bas_os_backtrace(got, MAX, i);
		if (ngot != n - i || (i > 0 && memcmp(got, all + i,
		    ngot * sizeof(got[0])) != 0))
			fail("all but the first");
	}
	if (n < 3 || _bas_os_backtrace(got, MAX, n + 1000) != 0)
		fail("none left");
}

/* Of a signal: what it has interrupted is somewhere below. */
static _Thread_local volatile bool in_handler;

static void
handle(int sig)
{
	(void)sig;
	ngot = _bas_os_backtrace(got, MAX, 0);
	in_handler = true;
}

static NOINLINE void
interrupt(void)
{
	unsigned i, j;

	NOTE();
	in_handler = false;
	raise(SIGUSR1);
	if (!in_handler)
		fail("no handler");
	for (i = 0; i < ngot && got[i] != truth[ntruth - 1]; i++)
		continue;
	for (j = 0; j < ntruth; j++)
		if (i + j >= ngot || got[i + j] != truth[ntruth - 1 - j])
			fail("through a signal");
	ntruth = 0;
}

static void
handler_set(int flags)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = handle;
	action.sa_flags = flags;
	if (sigaction(SIGUSR1, &action, NULL) != 0)
		fail("sigaction");
}

static NOINLINE void
walk_signal(void)
{
	static char room[65536];
	stack_t other = { .ss_sp = room, .ss_size = sizeof(room) };

	NOTE();
	handler_set(0);
	large(interrupt);
	if (sigaltstack(&other, NULL) != 0)
		fail("sigaltstack");
	handler_set(SA_ONSTACK);
	NOTE();
	large(interrupt);
}

/*
 * Code that no table knows calls f: with a frame as frame pointers want
 * it, with none, with nonsense in the register.
 */
#if defined(__x86_64__)
static const uint8_t code[][16] = {
	{ 0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3 },
	{ 0x48, 0x83, 0xec, 0x08, 0xff, 0xd7, 0x48, 0x83, 0xc4, 0x08, 0xc3 },
	{ 0x55, 0xbd, 0x34, 0x12, 0x00, 0x00, 0xff, 0xd7, 0x5d, 0xc3 },
	{ 0x55, 0x48, 0x8d, 0x6c, 0x24, 0x40, 0xff, 0xd7, 0x5d, 0xc3 },
	{ 0x55, 0x48, 0xc7, 0xc5, 0xf8, 0xff, 0xff, 0xff, 0xff, 0xd7, 0x5d,
	    0xc3 },
};
#elif defined(__aarch64__)
static const uint32_t code[][8] = {
	{ 0xa9bf7bfd, 0x910003fd, 0xd63f0000, 0xa8c17bfd, 0xd65f03c0 },
	{ 0xd10043ff, 0xf90003fe, 0xd63f0000, 0xf94003fe, 0x910043ff,
	    0xd65f03c0 },
	{ 0xa9bf7bfd, 0xd282469d, 0xd63f0000, 0xa8c17bfd, 0xd65f03c0 },
	{ 0xa9bf7bfd, 0x910103fd, 0xd63f0000, 0xa8c17bfd, 0xd65f03c0 },
	{ 0xa9bf7bfd, 0x928000fd, 0xd63f0000, 0xa8c17bfd, 0xd65f03c0 },
};
#endif

typedef void gap(void (*)(void));

static gap *
gap_make(const void *from, size_t size)
{
	union { void *p; gap *f; } page;

	page.p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page.p == MAP_FAILED)
		fail("mmap");
	memcpy(page.p, from, size);
	if (mprotect(page.p, 4096, PROT_READ | PROT_EXEC) != 0)
		fail("mprotect");
	__builtin___clear_cache((char *)page.p, (char *)page.p + size);
	return (page.f);
}

static NOINLINE void
through(gap *f)
{
	NOTE();
	f(take);
	__asm__ volatile("" : : : "memory");
}

static NOINLINE void
walk_gap(void)
{
	unsigned i;
	gap *f;

	for (i = 0; i < sizeof(code) / sizeof(code[0]); i++) {
		f = gap_make(code[i], sizeof(code[i]));
		NOTE();
		through(f);
		/* take, the gap, and then through and what it notes. */
		if (ngot < 2 || got[1] != truth[ntruth - 1])
			fail("up to the gap");
		if (i == 0 && (ngot < 5 || got[3] != truth[ntruth - 2]))
			fail("over the gap");
		if ((i == 2 || i == 4) && ngot != 2)
			fail("nonsense");
		ntruth = 0;
	}
}

/* Before main. */
static _Thread_local bool made;

__attribute__((constructor)) static void
construct(void)
{
	_bas_os_backtrace_init();
	NOTE();
	take();
	compare("in a constructor");
	made = true;
}

static NOINLINE void
walk_constructor(void)
{
	if (!made)
		fail("no constructor");
}

static pthread_key_t key;
static _Atomic bool at_end;

static void
at_key(void *arg)
{
	(void)arg;
	NOTE();
	take();
	compare("in a destructor");
	at_end = true;
}

static void *
run(void *arg)
{
	unsigned i;

	pthread_setspecific(key, arg);
	for (i = 0; i < 100; i++) {
		NOTE();
		level(20, take);
		compare("in a thread");
	}
	return (NULL);
}

static NOINLINE void
walk_thread(void)
{
	pthread_t threads[4];
	pthread_attr_t attr;
	unsigned i;

	pthread_key_create(&key, at_key);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 32768);
	for (i = 0; i < 4; i++)
		if (pthread_create(&threads[i], &attr, run, &key) != 0)
			fail("pthread_create");
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	if (!at_end)
		fail("no destructor");
}

static _Atomic bool stop;

static void *
keep_on(void *arg)
{
	while (!stop) {
		ntruth = 0;
		level(5, take);
	}
	return (arg);
}

/* A child walks as its parent does, whatever other threads were at. */
static NOINLINE void
walk_fork(void)
{
	pthread_t thread;
	int i, status;
	pid_t pid;

	if (pthread_create(&thread, NULL, keep_on, NULL) != 0)
		fail("pthread_create");
	for (i = 0; i < 50; i++) {
		pid = fork();
		if (pid == 0) {
			ntruth = 0;
			NOTE();
			large(take);
			compare("in a child");
			_exit(0);
		}
		if (waitpid(pid, &status, 0) != pid || status != 0)
			fail("a child");
	}
	stop = true;
	pthread_join(thread, NULL);
}

/* A library comes and goes; it is known before long. */
static NOINLINE void
walk_library(void)
{
	void (*f)(void (*)(void));
	unsigned i;
	void *lib;

	for (i = 0; i < 20; i++) {
		lib = dlopen(getenv("WALK_LIBRARY"), RTLD_NOW);
		if (lib == NULL)
			fail("dlopen");
		*(void **)&f = dlsym(lib, "lib_call");
		/* How soon has a bound in time; there is none here. */
		do {
			sched_yield();
			ntruth = 0;
			NOTE();
			f(take);
		} while (ngot < 5 || got[4] != truth[0]);
		dlclose(lib);
		ntruth = 0;
		NOTE();
		large(take);
		compare("without the library");
	}
}

/* More than one object, which a sanitizer would say. */
__attribute__((no_sanitize("address"))) static NOINLINE void
copy_all(volatile char *to, const volatile char *from, size_t size)
{
	while (size-- > 0)
		*to++ = *from++;
}

/* Tables with wrong bytes in them, and nothing behind them. */
static NOINLINE void
walk_broken(void)
{
	const struct module *m = _bas_module_of((uintptr_t)take);
	uint64_t seed = 1;
	struct module copy;
	struct eh_rule rule;
	uintptr_t from, end;
	char *to, *save;
	size_t size, i, n;

	if (m == NULL || m->npairs == 0)
		fail("there are no tables");
	from = m->index & -(uintptr_t)4096;
	for (end = from; end < m->high && _bas_os_readable(end, 1);
	    end += 4096)
		continue;
	size = end - from;
	to = mmap(NULL, size + 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
	    -1, 0);
	save = malloc(size);
	if (to == MAP_FAILED || save == NULL ||
	    mprotect(to, size, PROT_READ | PROT_WRITE) != 0)
		fail("no memory");
	copy_all(save, (const char *)from, size);
	copy = *m;
	copy.low = (uintptr_t)to;
	copy.high = copy.low + size;
	copy.index = copy.low + (m->index - from);
	copy.pairs = copy.low + (m->pairs - from);
	copy.frames = copy.low + (m->frames - from);
	copy.frames_end = copy.high;
	for (n = 0; n < 20000; n++) {
		memcpy(to, save, size);
		for (i = 0; i < 8; i++) {
			seed = seed * 6364136223846793005 + 1442695040888963407;
			to[seed / 65536 % size] ^= (char)(seed >> 56);
		}
		copy.npairs = n % 3 == 0 ? 0 : m->npairs;
		seed = seed * 6364136223846793005 + 1442695040888963407;
		(void)_bas_eh_frame_rule(&copy, copy.index - m->index +
		    m->text + seed / 65536 % (m->text_end - m->text), &rule);
	}
	free(save);
}

static uint64_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}

static void
walk_often(void)
{
	uint64_t start = now(), middle;
	int i;

	for (i = 0; i < 100000; i++)
		ngot = _bas_os_backtrace(got, MAX, 0);
	middle = now();
	for (i = 0; i < 100000; i++)
		ngot = _bas_os_backtrace_on(&known, got, MAX);
	printf("%u frames: %u ns, on a stack that is known: %u ns\n", ngot,
	    (unsigned)((middle - start) / 100000),
	    (unsigned)((now() - middle) / 100000));
}

static NOINLINE void
walk_time(void)
{
	level(16, walk_often);
}

static const struct walk_case cases[] = {
	{ "plain", walk_plain },
	{ "limits", walk_limits },
	{ "signal", walk_signal },
	{ "gap", walk_gap },
	{ "constructor", walk_constructor },
	{ "thread", walk_thread },
	{ "fork", walk_fork },
	{ "library", walk_library },
	{ "broken", walk_broken },
	{ "time", walk_time },
};

int
main(int argc, char **argv)
{

	return (walk_case_run(cases, sizeof(cases) / sizeof(cases[0]), argc,
	    argv));
}
