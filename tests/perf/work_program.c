/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What programs of some kinds do with memory: numbers of a few digits,
 * sets of bit cubes, bodies in space, nodes that are shared, large blocks.
 */

#include <string.h>

#include "work.h"

#define	DIGITS		24
#define	CUBE_WORDS	4
#define	BODIES		16384
#define	THREADS		4
#define	NODES		200000
#define	BLOCKS		8
#define	MIB		((size_t)1 << 20)
#define	PAGE		4096

/* Least digit first, sixteen bits each. */
struct number {
	unsigned	n;
	uint16_t	digit[];
};

static struct number *
number_new(unsigned n)
{
	struct number *x;

	x = malloc(sizeof(*x) + n * sizeof(x->digit[0]));
	if (x == NULL)
		work_fail("no memory");
	x->n = n;
	return (x);
}

static struct number *
number_sum(const struct number *x, const struct number *y)
{
	struct number *sum;
	uint32_t carry;
	unsigned i, n;

	n = (x->n > y->n ? x->n : y->n) + 1;
	sum = number_new(n > DIGITS ? DIGITS : n);
	carry = 0;
	for (i = 0; i < sum->n; i++) {
		carry += (i < x->n ? x->digit[i] : 0U) +
		    (i < y->n ? y->digit[i] : 0U);
		sum->digit[i] = (uint16_t)carry;
		carry >>= 16;
	}
	if (sum->n > 1 && sum->digit[sum->n - 1] == 0)
		sum->n--;
	return (sum);
}

static struct number *
number_times(const struct number *x, uint16_t factor)
{
	struct number *product;
	uint32_t carry;
	unsigned i;

	product = number_new(x->n < DIGITS ? x->n + 1 : DIGITS);
	carry = 0;
	for (i = 0; i < product->n; i++) {
		carry += (i < x->n ? x->digit[i] : 0U) * (uint32_t)factor;
		product->digit[i] = (uint16_t)carry;
		carry >>= 16;
	}
	return (product);
}

/* Each step makes numbers and drops those of the step before. */
void
work_numbers(unsigned percent)
{
	struct number *next, *scaled, *x, *y;
	size_t i, n;

	n = work_share(9000000, percent);
	x = number_new(1);
	y = number_new(1);
	x->digit[0] = y->digit[0] = 1;
	for (i = 0; i < n; i++) {
		scaled = number_times(y, (uint16_t)(i % 7 + 1));
		next = number_sum(x, scaled);
		free(scaled);
		free(x);
		x = y;
		y = next;
		if (i % 200 == 199) {
			free(y);
			y = number_new(1);
			y->digit[0] = (uint16_t)(i | 1);
		}
	}
	free(x);
	free(y);
}

/* A set of cubes: words in a row, that grows as cubes come in. */
struct set {
	size_t		n, room;
	uint64_t	(*cube)[CUBE_WORDS];
};

static struct set *
set_new(size_t room)
{
	struct set *set;

	set = malloc(sizeof(*set));
	if (set == NULL || (set->cube = calloc(room,
	    sizeof(set->cube[0]))) == NULL)
		work_fail("no memory");
	set->n = 0;
	set->room = room;
	return (set);
}

static void
set_add(struct set *set, const uint64_t *cube)
{

	if (set->n == set->room) {
		set->room += set->room / 2 + 4;
		set->cube = realloc(set->cube,
		    set->room * sizeof(set->cube[0]));
		if (set->cube == NULL)
			work_fail("no memory");
	}
	memcpy(set->cube[set->n++], cube, sizeof(set->cube[0]));
}

static void
set_free(struct set *set)
{

	free(set->cube);
	free(set);
}

/* The cubes with a bit, and those without, each set split again. */
static void
set_split(const struct set *set, unsigned bit)
{
	struct set *half[2];
	size_t i;

	if (set->n < 2 || bit >= CUBE_WORDS * 64)
		return;
	half[0] = set_new(set->n / 4 + 1);
	half[1] = set_new(set->n / 4 + 1);
	for (i = 0; i < set->n; i++)
		set_add(half[set->cube[i][bit / 64] >> bit % 64 & 1],
		    set->cube[i]);
	set_split(half[0], bit + 1);
	set_split(half[1], bit + 1);
	set_free(half[1]);
	set_free(half[0]);
}

void
work_cubes(unsigned percent)
{
	struct rng rng = { 0x5eed0070 };
	uint64_t cube[CUBE_WORDS];
	struct set *set;
	size_t i, n;
	unsigned k, w;

	n = work_share(4000, percent);
	for (i = 0; i < n; i++) {
		set = set_new(8);
		for (k = 0; k < 500; k++) {
			for (w = 0; w < CUBE_WORDS; w++)
				cube[w] = rng_next(&rng);
			set_add(set, cube);
		}
		set_split(set, 0);
		set_free(set);
	}
}

/* A few arrays that live as long as the program does. */
void
work_bodies(unsigned percent)
{
	double *force, *place, *speed;
	size_t i, n, step;

	place = calloc(BODIES, sizeof(*place));
	speed = calloc(BODIES, sizeof(*speed));
	if (place == NULL || speed == NULL)
		work_fail("no memory");
	n = work_share(20000, percent);
	for (step = 0; step < n; step++) {
		force = malloc(BODIES * sizeof(*force));
		if (force == NULL)
			work_fail("no memory");
		for (i = 0; i < BODIES; i++)
			force[i] = 1.0 - place[i] -
			    place[(i * 7 + step) % BODIES] / 2;
		for (i = 0; i < BODIES; i++) {
			speed[i] += force[i] / 1024;
			place[i] += speed[i] / 1024;
		}
		free(force);
	}
	free(speed);
	free(place);
}

/* Nodes with a count of users; the last one frees. */
struct node {
	struct node	*left, *right;
	uint64_t	key;
	uint32_t	users;
	uint32_t	extra;		/* bytes behind it */
};

struct prover {
	_Alignas(128) struct node **made;
	size_t		nodes;
	struct rng	rng;
};

/* Children are of the thread's own, made before. */
static void *
prover_run(void *arg)
{
	struct prover *w;
	struct node *node;
	size_t extra, i;

	w = arg;
	for (i = 0; i < w->nodes; i++) {
		extra = rng_below(&w->rng, 8) == 0 ?
		    rng_between(&w->rng, 16, 256) : 0;
		node = malloc(sizeof(*node) + extra);
		if (node == NULL)
			work_fail("no memory");
		node->left = i == 0 ? NULL :
		    w->made[rng_below(&w->rng, i)];
		node->right = i == 0 ? NULL : w->made[i - 1];
		node->key = rng_next(&w->rng);
		node->users = 1;
		if (node->left != NULL) {
			node->left->users++;
			node->right->users++;
		}
		w->made[i] = node;
		/* A string for a moment, as a printer makes. */
		free(memset(malloc(40), ' ', 40));
	}
	return (NULL);
}

static void *
release_run(void *arg)
{
	struct prover *w;
	struct node *node;
	size_t i;

	w = arg;
	for (i = w->nodes; i-- > 0;) {
		node = w->made[i];
		if (node->left != NULL) {
			node->left->users--;
			node->right->users--;
		}
		if (--node->users != 0)
			work_fail("a node is in use that nobody uses");
		free(node);
	}
	return (NULL);
}

/* Other threads free all, late. */
void
work_nodes4(unsigned percent)
{
	struct prover workers[THREADS];
	size_t n, round;
	unsigned i;

	n = work_share(8, percent);
	for (i = 0; i < THREADS; i++) {
		workers[i].made = calloc(NODES, sizeof(struct node *));
		if (workers[i].made == NULL)
			work_fail("no memory");
		workers[i].nodes = NODES;
		workers[i].rng.state = 0x5eed0080 + i;
	}
	for (round = 0; round < n; round++) {
		work_threads(THREADS, prover_run, workers,
		    sizeof(workers[0]));
		work_threads(THREADS, release_run, workers,
		    sizeof(workers[0]));
	}
	for (i = 0; i < THREADS; i++)
		free(workers[i].made);
}

/* 5 to 25 MiB, a few at once, each page written. */
void
work_blocks(unsigned percent)
{
	struct rng rng = { 0x5eed0090 };
	char *block[BLOCKS] = { NULL };
	size_t at, i, k, n, size;

	n = work_share(150, percent);
	for (i = 0; i < n; i++) {
		k = rng_below(&rng, BLOCKS);
		free(block[k]);
		size = rng_between(&rng, 5 * MIB, 25 * MIB);
		block[k] = malloc(size);
		if (block[k] == NULL)
			work_fail("no memory");
		for (at = 0; at < size; at += PAGE)
			block[k][at] = 1;
	}
	for (k = 0; k < BLOCKS; k++)
		free(block[k]);
}
