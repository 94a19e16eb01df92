/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <assert.h>
#include <string.h>

#include "util/conf_table.h"
#include "util/options.h"

/* The rows of words store through an unsigned. */
static_assert(sizeof(enum thp) == sizeof(unsigned), "enum size");
static_assert(sizeof(enum metadata_thp) == sizeof(unsigned), "enum size");
static_assert(sizeof(enum zero_realloc) == sizeof(unsigned), "enum size");
static_assert(offsetof(struct options, junk_free) ==
    offsetof(struct options, junk_alloc) + sizeof(bool),
    "junk's two bools must be neighbours");

static const struct conf_word words_narenas[] = {
	{ "default", 0 },
	{ NULL, 0 }
};
static const struct conf_word words_thp[] = {
	{ "default", THP_DEFAULT },
	{ "always", THP_ALWAYS },
	{ "never", THP_NEVER },
	{ NULL, 0 }
};
static const struct conf_word words_metadata_thp[] = {
	{ "disabled", METADATA_THP_DISABLED },
	{ "auto", METADATA_THP_AUTO },
	{ "always", METADATA_THP_ALWAYS },
	{ NULL, 0 }
};
static const struct conf_word words_zero_realloc[] = {
	{ "alloc", ZERO_REALLOC_ALLOC },
	{ "free", ZERO_REALLOC_FREE },
	{ "abort", ZERO_REALLOC_ABORT },
	{ NULL, 0 }
};
/* Bit 0 is junk_alloc, bit 1 its neighbour junk_free. */
static const struct conf_word words_junk[] = {
	{ "true", 3 },
	{ "false", 0 },
	{ "alloc", 1 },
	{ "free", 2 },
	{ NULL, 0 }
};

#define	FIELD(f)	.offset = offsetof(struct options, f)

const struct conf_row _bas_conf_table[] = {
	{ .name = "abort", .type = CONF_BOOL, FIELD(abort),
	  .help = "abort on most warnings" },
	{ .name = "abort_conf", .type = CONF_BOOL, FIELD(abort_conf),
	  .help = "abort on an invalid option" },
	{ .name = "confirm_conf", .type = CONF_BOOL, FIELD(confirm_conf),
	  .help = "print each source of options and each accepted pair" },
	{ .name = "retain", .type = CONF_BOOL, FIELD(retain),
	  .help = "keep unused address space for reuse" },
	{ .name = "narenas", .type = CONF_UNSIGNED, FIELD(narenas),
	  .flags = CONF_CLIP_MAX, .min = 1, .max = OPTIONS_NARENAS_LIMIT,
	  .words = words_narenas,
	  .help = "number of automatic arenas" },
	{ .name = "metadata_thp", .type = CONF_WORD, FIELD(metadata_thp),
	  .flags = CONF_PREFIX,
	  .words = words_metadata_thp,
	  .help = "huge pages for the allocator's own data" },
	{ .name = "background_thread", .type = CONF_BOOL,
	  FIELD(background_thread),
	  .help = "start background purging threads" },
	{ .name = "max_background_threads", .type = CONF_SIZE,
	  FIELD(max_background_threads),
	  .flags = CONF_CLIP_MIN | CONF_CLIP_MAX,
	  .min = 1, .max = OPTIONS_BACKGROUND_LIMIT,
	  .help = "upper bound on background threads" },
	{ .name = "dirty_decay_ms", .type = CONF_SSIZE, FIELD(dirty_decay_ms),
	  .min = (uint64_t)-1, .max = (uint64_t)OPTIONS_DECAY_MS_LIMIT,
	  .help = "time for unused dirty pages to decay" },
	{ .name = "muzzy_decay_ms", .type = CONF_SSIZE, FIELD(muzzy_decay_ms),
	  .min = (uint64_t)-1, .max = (uint64_t)OPTIONS_DECAY_MS_LIMIT,
	  .help = "time for unused muzzy pages to decay" },
	{ .name = "junk", .type = CONF_FLAGS, FIELD(junk_alloc),
	  .words = words_junk,
	  .help = "fill memory with a pattern on allocation or free" },
	{ .name = "zero", .type = CONF_BOOL, FIELD(zero),
	  .help = "zero new memory" },
	{ .name = "xmalloc", .type = CONF_BOOL, FIELD(xmalloc),
	  .help = "report and abort instead of failing" },
	{ .name = "experimental_infallible_new", .type = CONF_BOOL,
	  FIELD(infallible_new),
	  .help = "operator new reports and aborts instead of throwing" },
	{ .name = "tcache", .type = CONF_BOOL, FIELD(tcache),
	  .help = "give each thread a cache" },
	{ .name = "tcache_max", .type = CONF_SIZE, FIELD(tcache_max),
	  .flags = CONF_CLIP_MAX, .max = OPTIONS_TCACHE_MAX_LIMIT,
	  .help = "largest size that threads cache" },
	{ .name = "lg_tcache_max", .type = CONF_LG_SIZE, FIELD(tcache_max),
	  .flags = CONF_CLIP_MAX | CONF_NO_CTL,
	  .max = OPTIONS_LG_TCACHE_MAX_LIMIT,
	  .help = "the same as a power of two" },
	{ .name = "thp", .type = CONF_WORD, FIELD(thp),
	  .flags = CONF_PREFIX, .words = words_thp,
	  .help = "huge pages for the program's memory" },
	{ .name = "stats_print", .type = CONF_BOOL, FIELD(stats_print),
	  .help = "print statistics at exit" },
	{ .name = "stats_print_opts", .type = CONF_LETTERS,
	  FIELD(stats_print_opts), .letters = OPTIONS_STATS_LETTERS,
	  .help = "letters for the report at exit" },
	{ .name = "zero_realloc", .type = CONF_WORD, FIELD(zero_realloc),
	  .words = words_zero_realloc,
	  .help = "what realloc(ptr, 0) does" },
};

const unsigned _bas_conf_nrows =
    sizeof(_bas_conf_table) / sizeof(_bas_conf_table[0]);

const char *_bas_conf_sources[CONF_NSOURCES];

const struct conf_row *
_bas_conf_row(const char *name, size_t len)
{
	const struct conf_row *row, *end = &_bas_conf_table[_bas_conf_nrows];

	for (row = _bas_conf_table; row < end; row++)
		if (strncmp(row->name, name, len) == 0 &&
		    row->name[len] == '\0')
			return (row);
	return (NULL);
}

void *
_bas_conf_value(const struct conf_row *row)
{
	return ((char *)&_bas_options + row->offset);
}

const char *
_bas_conf_word(const struct conf_row *row)
{
	const struct conf_word *word;
	const bool *bits = _bas_conf_value(row);
	unsigned value;

	if (row->type == CONF_FLAGS)
		value = (unsigned)bits[0] | (unsigned)bits[1] << 1;
	else
		value = *(const unsigned *)_bas_conf_value(row);
	for (word = row->words; word->name != NULL; word++)
		if (word->value == value)
			return (word->name);
	return ("");
}
