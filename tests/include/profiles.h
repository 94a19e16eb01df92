/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Heap profiles as programs that know the public interface alone read them:
 * a dump in heap_v2, at a period of 1, where its numbers are what there is.
 * Nothing here allocates.  In a program for ATF.
 */

#ifndef PROFILES_H
#define	PROFILES_H

#include <atf-c.h>
#include <stdbool.h>

#include "malloc_np.h"
#include "testutil.h"

/* Objects and bytes that live, and all that there were. */
struct profile {
	uint64_t	objects, bytes;
	uint64_t	all_objects, all_bytes;
};

static char profile_text[(size_t)8 << 20];

static inline void
profile_dump(const char *name)
{
	ATF_REQUIRE_EQ(0, mallctl("prof.dump", NULL, NULL, &name,
	    sizeof(name)));
}

/* The text of a dump now, or of the file if that is not NULL. */
static inline const char *
profile_read(const char *file)
{
	size_t len = 0;
	ssize_t n;
	int fd;

	if (file == NULL)
		profile_dump(file = "heap");
	fd = open(file, O_RDONLY);
	ATF_REQUIRE(fd >= 0);
	while ((n = read(fd, profile_text + len,
	    sizeof(profile_text) - 1 - len)) > 0)
		len += (size_t)n;
	close(fd);
	profile_text[len] = '\0';
	ATF_REQUIRE(len < sizeof(profile_text) - 1);
	return (profile_text);
}

static inline uint64_t
profile_number(const char **text)
{
	uint64_t n = 0;

	*text += strspn(*text, ": [");
	for (; **text >= '0' && **text <= '9'; ++*text)
		n = n * 10 + (uint64_t)(**text - '0');
	return (n);
}

static inline void
profile_add(struct profile *to, const char *text)
{
	to->objects += profile_number(&text);
	to->bytes += profile_number(&text);
	to->all_objects += profile_number(&text);
	to->all_bytes += profile_number(&text);
}

static inline void
profile_check_same(const struct profile *a, const struct profile *b)
{
	ATF_CHECK_EQ(a->objects, b->objects);
	ATF_CHECK_EQ(a->bytes, b->bytes);
	ATF_CHECK_EQ(a->all_objects, b->all_objects);
	ATF_CHECK_EQ(a->all_bytes, b->all_bytes);
}

/*
 * The totals, below its first line; those of its threads, of its stacks, and
 * of the threads of its stacks add up to them.
 */
static inline struct profile
profile_sums_of(const char *first, const char *text)
{
	/* Of all, of threads; of stacks, of threads in them. */
	struct profile sums[2][2];
	unsigned stack = 0;
	const char *end;

	memset(sums, 0, sizeof(sums));
	ATF_REQUIRE(strncmp(text, first, strlen(first)) == 0);
	text += strlen(first);
	for (; *text != '\n' && *text != '\0'; text = end + 1) {
		end = text + strcspn(text, "\n");
		if (*text == '@')
			stack = 1;
		else {
			ATF_REQUIRE(strncmp(text, "  t", 3) == 0);
			profile_add(&sums[stack][text[3] != '*'],
			    text + strcspn(text, ":"));
		}
		if (*end == '\0')
			break;
	}
	profile_check_same(&sums[0][0], &sums[0][1]);
	profile_check_same(&sums[0][0], &sums[1][0]);
	profile_check_same(&sums[0][0], &sums[1][1]);
	return (sums[0][0]);
}

static inline struct profile
profile_sums(const char *text)
{
	return (profile_sums_of("heap_v2/1\n", text));
}

static inline struct profile
profile_now(void)
{
	return (profile_sums(profile_read(NULL)));
}

/*
 * So many more live than there did, and so many more have been; less are
 * more, too.
 */
static inline void
profile_more(const struct profile *before, int64_t objects, int64_t bytes,
    int64_t all_objects, int64_t all_bytes)
{
	struct profile now = profile_now();

	ATF_CHECK_EQ(objects, (int64_t)(now.objects - before->objects));
	ATF_CHECK_EQ(bytes, (int64_t)(now.bytes - before->bytes));
	ATF_CHECK_EQ(all_objects,
	    (int64_t)(now.all_objects - before->all_objects));
	ATF_CHECK_EQ(all_bytes, (int64_t)(now.all_bytes - before->all_bytes));
}

static inline void
profile_reset(size_t lg)
{
	ATF_REQUIRE_EQ(0, mallctl("prof.reset", NULL, NULL, &lg, sizeof(lg)));
}

static inline bool
profile_switch(const char *name, bool on)
{
	size_t len = sizeof(bool);
	bool old;

	ATF_REQUIRE_EQ(0, mallctl(name, &old, &len, &on, sizeof(on)));
	return (old);
}

static inline bool
profile_switch_is(const char *name)
{
	size_t len = sizeof(bool);
	bool on;

	ATF_REQUIRE_EQ(0, mallctl(name, &on, &len, NULL, 0));
	return (on);
}

#endif /* !PROFILES_H */
