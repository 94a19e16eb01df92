/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Threads that come and go without end, each leaving work to its destructors:
 * those of C++ objects and those of pthread keys, which run in rounds, so that
 * some allocate after every destructor of the allocator has run.  What a
 * thread leaves behind shows as growth of the process.
 */

#include <pthread.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "../include/testutil.h"

static const int nkeys = 40;	/* more than libc keeps within a thread */
static const int width = 8;	/* threads at a time */

static pthread_key_t keys[nkeys];
static void *shared[1024];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *
opaque(void *p)
{
	__asm__ volatile("" : "+r"(p) : : "memory");
	return (p);
}

struct keeper {
	std::vector<std::string> lines;

	void
	add(int n)
	{
		for (int i = 0; i < n; i++)
			lines.push_back(std::string(i * 7 % 200, 'x'));
	}
	~keeper()
	{
		add(20);
		free(opaque(malloc(5000)));
	}
};

static thread_local keeper mine;

/* Sets its key again: libc comes back up to four times. */
struct round_of {
	int	 left;
	int	 key;
	char	 filler[100];
};

static void
key_destructor(void *arg)
{
	round_of *r = static_cast<round_of *>(arg);
	round_of *next;

	free(opaque(malloc(300)));
	free(opaque(calloc(1, 70000)));
	if (r->left > 0) {
		next = static_cast<round_of *>(malloc(sizeof(*next)));
		next->left = r->left - 1;
		next->key = r->key;
		pthread_setspecific(keys[r->key], next);
	}
	free(r);
}

static void
exchange(unsigned n)
{
	void *p, *old;

	for (unsigned i = 0; i < 50; i++) {
		p = malloc((n + i) * 37 % 3000);
		pthread_mutex_lock(&lock);
		old = shared[(n * 50 + i) % 1024];
		shared[(n * 50 + i) % 1024] = p;
		pthread_mutex_unlock(&lock);
		free(old);
	}
}

static void *
short_life(void *arg)
{
	unsigned n = static_cast<unsigned>(reinterpret_cast<uintptr_t>(arg));
	round_of *r;

	/* A third of the threads allocate in their destructors alone. */
	if (n % 3 != 0)
		exchange(n);
	if (n % 3 != 1)
		mine.add(10);
	for (int i = n % 2; i < nkeys; i += 13) {
		r = static_cast<round_of *>(malloc(sizeof(*r)));
		r->left = 3;
		r->key = i;
		pthread_setspecific(keys[i], r);
	}
	return (nullptr);
}

static void
churn(unsigned from, unsigned to)
{
	pthread_t thread[width];

	for (unsigned n = from; n < to; n += width) {
		for (int i = 0; i < width; i++) {
			if (pthread_create(&thread[i], nullptr, short_life,
			    reinterpret_cast<void *>(
			    static_cast<uintptr_t>(n + i))) != 0) {
				perror("churn_threads: pthread_create");
				exit(2);
			}
		}
		for (pthread_t t : thread)
			pthread_join(t, nullptr);
	}
}

int
main(int argc, char **argv)
{
	size_t after, before;
	unsigned count = 10000;
	long growth;
	int ch;

	while ((ch = getopt(argc, argv, "n:")) != -1) {
		if (ch != 'n')
			return (2);
		count = static_cast<unsigned>(strtoul(optarg, nullptr, 0));
	}
	for (pthread_key_t &key : keys)
		if (pthread_key_create(&key, key_destructor) != 0)
			return (2);
	/* What a steady state needs is there after the first tenth. */
	churn(0, count / 10);
	before = resident_bytes();
	churn(count / 10, count);
	after = resident_bytes();
	growth = static_cast<long>(after) - static_cast<long>(before);
	printf("churn_threads: threads %u growth %ld KiB resident %zu KiB\n",
	    count, growth / 1024, after / 1024);
	/* An emulator grows by what it translates. */
	return (growth < 5L << 20 || getenv("BASALT_RUN") != nullptr ? 0 : 1);
}
