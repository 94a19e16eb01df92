/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * conf_ctl KEY TYPE: prints what mallctl() reads as opt.KEY, the size of
 * which must be that of TYPE; "-" where there is no such name.
 */
#include <sys/types.h>

#include <err.h>
#include <errno.h>
#include <malloc_np.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

union value {
	bool		b;
	unsigned	u;
	uint32_t	u32;
	uint64_t	u64;
	int64_t		i64;
	size_t		z;
	ssize_t		sz;
	const char	*str;
};

static const struct type {
	const char	*name;
	size_t		size;
} types[] = {
	{ "bool", sizeof(bool) },
	{ "unsigned", sizeof(unsigned) },
	{ "uint32_t", sizeof(uint32_t) },
	{ "uint64_t", sizeof(uint64_t) },
	{ "int64_t", sizeof(int64_t) },
	{ "size_t", sizeof(size_t) },
	{ "ssize_t", sizeof(ssize_t) },
	{ "string", sizeof(const char *) },
	{ "-", 0 },
};

static void
value_print(const char *type, const union value *v)
{
	if (strcmp(type, "bool") == 0)
		puts(v->b ? "true" : "false");
	else if (strcmp(type, "unsigned") == 0)
		printf("%u\n", v->u);
	else if (strcmp(type, "uint32_t") == 0)
		printf("%ju\n", (uintmax_t)v->u32);
	else if (strcmp(type, "uint64_t") == 0)
		printf("%ju\n", (uintmax_t)v->u64);
	else if (strcmp(type, "int64_t") == 0)
		printf("%jd\n", (intmax_t)v->i64);
	else if (strcmp(type, "size_t") == 0)
		printf("%zu\n", v->z);
	else if (strcmp(type, "ssize_t") == 0)
		printf("%zd\n", v->sz);
	else
		printf("\"%s\"\n", v->str);
}

int
main(int argc, char **argv)
{
	const struct type *t = types;
	union value value;
	char name[128];
	size_t len;
	int error;

	if (argc != 3)
		errx(2, "usage: conf_ctl key type");
	snprintf(name, sizeof(name), "opt.%s", argv[1]);
	while (t->size != 0 && strcmp(t->name, argv[2]) != 0)
		t++;
	len = t->size;
	error = mallctl(name, &value, &len, NULL, 0);
	if (error == ENOENT) {
		puts("-");
		return (0);
	}
	if (error != 0)
		errx(1, "%s: %s", name, strerror(error));
	if (len != t->size)
		errx(1, "%s: %zu bytes", name, len);
	value_print(t->name, &value);
	return (0);
}
