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
static_assert(sizeof(enum percpu_arena) == sizeof(unsigned), "enum size");
static_assert(sizeof(enum dss) == sizeof(unsigned), "enum size");
static_assert(sizeof(enum hugify_style) == sizeof(unsigned), "enum size");
static_assert(sizeof(enum prof_time) == sizeof(unsigned), "enum size");
static_assert(sizeof(enum prof_format) == sizeof(unsigned), "enum size");
/* The longest list, and its end. */
#define	WORDS_MAX	5
static_assert(offsetof(struct options, junk_free) ==
    offsetof(struct options, junk_alloc) + sizeof(bool),
    "junk's two bools must be neighbours");

/* A row has the number of its list, so that no row holds an address. */
enum {
	WORDS_NONE,
	WORDS_NARENAS,
	WORDS_DEFAULT,
	WORDS_DIRTY_MULT,
	WORDS_DSS,
	WORDS_PERCPU_ARENA,
	WORDS_HUGIFY_STYLE,
	WORDS_PROF_TIME,
	WORDS_PROF_FORMAT,
	WORDS_THP,
	WORDS_METADATA_THP,
	WORDS_ZERO_REALLOC,
	WORDS_JUNK,
	NWORDS
};

/* An empty name ends each. */
static const struct conf_word words[NWORDS][WORDS_MAX] = {
	[WORDS_NARENAS] = {
		{ "default", 0 },
	},
	/* The list that is empty. */
	[WORDS_DEFAULT] = {
		{ "default", 0 },
	},
	[WORDS_DIRTY_MULT] = {
		{ "-1", OPTIONS_RATIO_NONE },
	},
	[WORDS_DSS] = {
		{ "disabled", DSS_DISABLED },
		{ "primary", DSS_PRIMARY },
		{ "secondary", DSS_SECONDARY },
	},
	[WORDS_PERCPU_ARENA] = {
		{ "disabled", PERCPU_DISABLED },
		{ "percpu", PERCPU_CPU },
		{ "phycpu", PERCPU_CORE },
	},
	[WORDS_HUGIFY_STYLE] = {
		{ "auto", HUGIFY_AUTO },
		{ "none", HUGIFY_NONE },
		{ "eager", HUGIFY_EAGER },
		{ "lazy", HUGIFY_LAZY },
	},
	[WORDS_PROF_TIME] = {
		{ "default", PROF_TIME_DEFAULT },
		{ "high", PROF_TIME_HIGH },
	},
	[WORDS_PROF_FORMAT] = {
		{ "heap_v2", PROF_FORMAT_HEAP },
		{ "pprof", PROF_FORMAT_PPROF },
		{ "folded", PROF_FORMAT_FOLDED },
	},
	[WORDS_THP] = {
		{ "default", THP_DEFAULT },
		{ "always", THP_ALWAYS },
		{ "never", THP_NEVER },
	},
	[WORDS_METADATA_THP] = {
		{ "disabled", METADATA_THP_DISABLED },
		{ "auto", METADATA_THP_AUTO },
		{ "always", METADATA_THP_ALWAYS },
	},
	[WORDS_ZERO_REALLOC] = {
		{ "alloc", ZERO_REALLOC_ALLOC },
		{ "free", ZERO_REALLOC_FREE },
		{ "abort", ZERO_REALLOC_ABORT },
	},
	/* Bit 0 is junk_alloc, bit 1 its neighbour junk_free. */
	[WORDS_JUNK] = {
		{ "true", 3 },
		{ "false", 0 },
		{ "alloc", 1 },
		{ "free", 2 },
	}
};

#define	FIELD(f)	.offset = offsetof(struct options, f)

const struct conf_row _bas_conf_table[] = {
	{ .name = "abort", .type = CONF_BOOL, FIELD(abort),
	  .help = "abort on most warnings" },
	{ .name = "abort_conf", .type = CONF_BOOL, FIELD(abort_conf),
	  .help = "abort on an invalid option" },
	{ .name = "cache_oblivious", .type = CONF_BOOL, FIELD(cache_oblivious),
	  .help = "start large objects anywhere in a page" },
	{ .name = "trust_madvise", .type = CONF_BOOL, FIELD(trust_madvise),
	  .help = "believe that purged pages are zero" },
	{ .name = "experimental_hpa_start_huge_if_thp_always",
	  .type = CONF_BOOL, FIELD(hpa_start_huge_if_thp_always),
	  .help = "new superpages are huge where the system wills" },
	{ .name = "experimental_hpa_enforce_hugify", .type = CONF_BOOL,
	  FIELD(hpa_enforce_hugify),
	  .help = "ask for huge pages whatever the style" },
	{ .name = "confirm_conf", .type = CONF_BOOL, FIELD(confirm_conf),
	  .help = "print each source of options and each accepted pair" },
	{ .name = "hpa", .type = CONF_BOOL, FIELD(hpa),
	  .help = "heed the hpa options" },
	{ .name = "hpa_slab_max_alloc", .type = CONF_SIZE,
	  FIELD(hpa_slab_max_alloc),
	  .flags = CONF_CLIP_MIN | CONF_CLIP_MAX,
	  .min = OPTIONS_HPA_MIN, .max = OPTIONS_HUGE,
	  .help = "largest object in superpages that are watched" },
	{ .name = "hpa_hugification_threshold", .type = CONF_SIZE,
	  FIELD(hpa_hugification_threshold),
	  .flags = CONF_CLIP_MIN | CONF_CLIP_MAX,
	  .min = OPTIONS_HPA_MIN, .max = OPTIONS_HUGE,
	  .help = "bytes in use that make a superpage huge" },
	{ .name = "hpa_hugification_threshold_ratio", .type = CONF_HUGE_SHARE,
	  FIELD(hpa_hugification_threshold),
	  .flags = CONF_NO_CTL, .max = OPTIONS_RATIO_ONE,
	  .help = "the same as a fraction" },
	{ .name = "hpa_hugify_delay_ms", .type = CONF_UINT64,
	  FIELD(hpa_hugify_delay_ms),
	  .max = UINT64_MAX,
	  .help = "how long a superpage must be full to be made huge" },
	{ .name = "hpa_hugify_sync", .type = CONF_BOOL, FIELD(hpa_hugify_sync),
	  .help = "make huge pages at once" },
	{ .name = "hpa_min_purge_interval_ms", .type = CONF_UINT64,
	  FIELD(hpa_min_purge_interval_ms),
	  .max = UINT64_MAX,
	  .help = "least time between two purges" },
	{ .name = "experimental_hpa_max_purge_nhp", .type = CONF_SSIZE,
	  FIELD(hpa_max_purge_nhp),
	  .min = (uint64_t)-1, .max = INT64_MAX,
	  .help = "superpages in a purge" },
	{ .name = "hpa_purge_threshold", .type = CONF_SIZE,
	  FIELD(hpa_purge_threshold),
	  .flags = CONF_CLIP_MIN | CONF_CLIP_MAX,
	  .min = OPTIONS_HPA_MIN, .max = OPTIONS_HUGE,
	  .help = "dirty bytes that make a superpage worth a purge" },
	{ .name = "hpa_purge_threshold_ratio", .type = CONF_HUGE_SHARE,
	  FIELD(hpa_purge_threshold),
	  .flags = CONF_NO_CTL, .max = OPTIONS_RATIO_ONE,
	  .help = "the same as a fraction" },
	{ .name = "hpa_min_purge_delay_ms", .type = CONF_UINT64,
	  FIELD(hpa_min_purge_delay_ms),
	  .max = UINT64_MAX,
	  .help = "how long a superpage must be purgeable" },
	{ .name = "hpa_hugify_style", .type = CONF_WORD,
	  FIELD(hpa_hugify_style),
	  .flags = CONF_PREFIX, .words = WORDS_HUGIFY_STYLE,
	  .help = "who makes huge pages, and when" },
	{ .name = "hpa_dirty_mult", .type = CONF_RATIO, FIELD(hpa_dirty_mult),
	  .max = UINT32_MAX - 1,
	  .words = WORDS_DIRTY_MULT,
	  .help = "dirty pages to each used one" },
	{ .name = "hpa_sec_nshards", .type = CONF_SIZE, FIELD(hpa_sec_nshards),
	  .max = UINT64_MAX,
	  .help = "parts of the cache of small runs" },
	{ .name = "hpa_sec_max_alloc", .type = CONF_SIZE,
	  FIELD(hpa_sec_max_alloc),
	  .flags = CONF_CLIP_MIN | CONF_CLIP_MAX,
	  .min = OPTIONS_HPA_MIN, .max = 32768,
	  .help = "largest run in it" },
	{ .name = "hpa_sec_max_bytes", .type = CONF_SIZE,
	  FIELD(hpa_sec_max_bytes),
	  .flags = CONF_CLIP_MIN, .min = 262144, .max = UINT64_MAX,
	  .help = "bytes in it" },
	{ .name = "hpa_sec_bytes_after_flush", .type = CONF_GONE,
	  .flags = CONF_NO_CTL | CONF_FORGIVEN,
	  .help = "gone" },
	{ .name = "hpa_sec_batch_fill_extra", .type = CONF_GONE,
	  .flags = CONF_NO_CTL | CONF_FORGIVEN,
	  .help = "gone" },
	{ .name = "huge_arena_pac_thp", .type = CONF_BOOL,
	  FIELD(huge_arena_pac_thp),
	  .help = "huge pages for the arena of large objects" },
	{ .name = "metadata_thp", .type = CONF_WORD, FIELD(metadata_thp),
	  .flags = CONF_PREFIX,
	  .words = WORDS_METADATA_THP,
	  .help = "huge pages for the allocator's own data" },
	{ .name = "retain", .type = CONF_BOOL, FIELD(retain),
	  .help = "keep unused address space for reuse" },
	{ .name = "dss", .type = CONF_WORD, FIELD(dss),
	  .flags = CONF_PREFIX, .words = WORDS_DSS,
	  .help = "where memory comes from sbrk" },
	{ .name = "narenas", .type = CONF_UNSIGNED, FIELD(narenas),
	  .flags = CONF_CLIP_MAX, .min = 1, .max = OPTIONS_NARENAS_LIMIT,
	  .words = WORDS_NARENAS,
	  .help = "number of automatic arenas" },
	{ .name = "narenas_ratio", .type = CONF_RATIO, FIELD(narenas_ratio),
	  .flags = CONF_NO_CTL, .max = UINT32_MAX,
	  .help = "automatic arenas a processor" },
	{ .name = "percpu_arena", .type = CONF_WORD, FIELD(percpu_arena),
	  .flags = CONF_PREFIX, .words = WORDS_PERCPU_ARENA,
	  .help = "arenas go with processors" },
	{ .name = "oversize_threshold", .type = CONF_SIZE,
	  FIELD(oversize_threshold),
	  .max = OPTIONS_SIZE_LIMIT,
	  .help = "smallest request for the arena of large objects" },
	{ .name = "mutex_max_spin", .type = CONF_INT64, FIELD(mutex_max_spin),
	  .min = (uint64_t)-1, .max = INT64_MAX,
	  .help = "how long a lock spins before it sleeps" },
	{ .name = "bin_shards", .type = CONF_RANGES, FIELD(bin_shards),
	  .flags = CONF_NO_CTL, .min = 1, .max = OPTIONS_SHARDS_LIMIT,
	  .help = "bins a size class and arena" },
	{ .name = "slab_sizes", .type = CONF_RANGES, FIELD(slab_sizes),
	  .flags = CONF_NO_CTL, .max = UINT64_MAX,
	  .words = WORDS_DEFAULT,
	  .help = "pages a slab" },
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
	{ .name = "dirty_max", .type = CONF_SSIZE, FIELD(dirty_max),
	  .min = (uint64_t)-1, .max = INT64_MAX,
	  .help = "bytes of unused dirty pages of an arena" },
	{ .name = "stats_print", .type = CONF_BOOL, FIELD(stats_print),
	  .help = "print statistics at exit" },
	{ .name = "stats_print_opts", .type = CONF_LETTERS,
	  FIELD(stats_print_opts),
	  .letters = OPTIONS_STATS_LETTERS,
	  .help = "letters for the report at exit" },
	{ .name = "stats_interval", .type = CONF_INT64, FIELD(stats_interval),
	  .min = (uint64_t)-1, .max = INT64_MAX,
	  .help = "bytes allocated between two reports" },
	{ .name = "stats_interval_opts", .type = CONF_LETTERS,
	  FIELD(stats_interval_opts),
	  .letters = OPTIONS_STATS_LETTERS,
	  .help = "letters for those reports" },
	{ .name = "junk", .type = CONF_FLAGS, FIELD(junk_alloc),
	  .words = WORDS_JUNK,
	  .help = "fill memory with a pattern on allocation or free" },
	{ .name = "zero", .type = CONF_BOOL, FIELD(zero),
	  .help = "zero new memory" },
	{ .name = "utrace", .type = CONF_BOOL, FIELD(utrace),
	  .help = "trace calls" },
	{ .name = "xmalloc", .type = CONF_BOOL, FIELD(xmalloc),
	  .help = "report and abort instead of failing" },
	{ .name = "experimental_infallible_new", .type = CONF_BOOL,
	  FIELD(infallible_new),
	  .help = "operator new reports and aborts instead of throwing" },
	{ .name = "calloc_madvise_threshold", .type = CONF_SIZE,
	  FIELD(calloc_madvise_threshold),
	  .flags = CONF_NO_CTL, .max = OPTIONS_SIZE_LIMIT,
	  .help = "smallest calloc that the kernel zeroes" },
	{ .name = "zero_realloc", .type = CONF_WORD, FIELD(zero_realloc),
	  .words = WORDS_ZERO_REALLOC,
	  .help = "what realloc(ptr, 0) does" },
	{ .name = "disable_large_size_classes", .type = CONF_BOOL,
	  FIELD(disable_large_size_classes),
	  .help = "round large sizes to pages, not to classes" },
	{ .name = "tcache", .type = CONF_BOOL, FIELD(tcache),
	  .help = "give each thread a cache" },
	{ .name = "tcache_max", .type = CONF_SIZE, FIELD(tcache_max),
	  .flags = CONF_CLIP_MAX, .max = OPTIONS_TCACHE_MAX_LIMIT,
	  .help = "largest size that threads cache" },
	{ .name = "lg_tcache_max", .type = CONF_LG_SIZE, FIELD(tcache_max),
	  .flags = CONF_CLIP_MAX | CONF_NO_CTL,
	  .max = OPTIONS_LG_TCACHE_MAX_LIMIT,
	  .help = "the same as a power of two" },
	{ .name = "tcache_nslots_small_min", .type = CONF_UNSIGNED,
	  FIELD(tcache_nslots_small_min),
	  .flags = CONF_CLIP_MIN | CONF_CLIP_MAX,
	  .min = 1, .max = OPTIONS_NSLOTS_LIMIT,
	  .help = "fewest slots of a small class" },
	{ .name = "tcache_nslots_small_max", .type = CONF_UNSIGNED,
	  FIELD(tcache_nslots_small_max),
	  .flags = CONF_CLIP_MIN | CONF_CLIP_MAX,
	  .min = 1, .max = OPTIONS_NSLOTS_LIMIT,
	  .help = "most slots of a small class" },
	{ .name = "tcache_nslots_large", .type = CONF_UNSIGNED,
	  FIELD(tcache_nslots_large),
	  .flags = CONF_CLIP_MIN | CONF_CLIP_MAX,
	  .min = 1, .max = OPTIONS_NSLOTS_LIMIT,
	  .help = "most slots of a large class" },
	{ .name = "tcache_ncached_max", .type = CONF_RANGES,
	  FIELD(tcache_ncached_max),
	  .flags = CONF_NO_CTL, .max = UINT64_MAX,
	  .help = "most slots of ranges of sizes" },
	{ .name = "lg_tcache_nslots_mul", .type = CONF_SSIZE,
	  FIELD(lg_tcache_nslots_mul),
	  .min = (uint64_t)-16, .max = 16,
	  .help = "slots for each object of a slab" },
	{ .name = "experimental_tcache_gc", .type = CONF_BOOL,
	  FIELD(tcache_gc),
	  .help = "caches shrink as time goes by" },
	{ .name = "tcache_gc_incr_bytes", .type = CONF_SIZE,
	  FIELD(tcache_gc_incr_bytes),
	  .flags = CONF_CLIP_MIN, .min = 1024, .max = UINT64_MAX,
	  .help = "bytes allocated between two looks at a cache" },
	{ .name = "tcache_gc_delay_bytes", .type = CONF_SIZE,
	  FIELD(tcache_gc_delay_bytes),
	  .max = UINT64_MAX,
	  .help = "bytes of a class that a look leaves" },
	{ .name = "lg_tcache_flush_small_div", .type = CONF_UNSIGNED,
	  FIELD(lg_tcache_flush_small_div),
	  .flags = CONF_CLIP_MIN | CONF_CLIP_MAX, .min = 1, .max = 16,
	  .help = "what a full small class keeps" },
	{ .name = "lg_tcache_flush_large_div", .type = CONF_UNSIGNED,
	  FIELD(lg_tcache_flush_large_div),
	  .flags = CONF_CLIP_MIN | CONF_CLIP_MAX, .min = 1, .max = 16,
	  .help = "what a full large class keeps" },
	{ .name = "debug_double_free_max_scan", .type = CONF_UNSIGNED,
	  FIELD(debug_double_free_max_scan),
	  .max = UINT32_MAX,
	  .help = "cached objects looked through for one freed twice" },
	{ .name = "thp", .type = CONF_WORD, FIELD(thp),
	  .flags = CONF_PREFIX, .words = WORDS_THP,
	  .help = "huge pages for the program's memory" },
	{ .name = "lg_extent_max_active_fit", .type = CONF_SIZE,
	  FIELD(lg_extent_max_active_fit),
	  .max = 64,
	  .help = "how much larger a reused run may be" },
	{ .name = "process_madvise_max_batch", .type = CONF_SIZE,
	  FIELD(process_madvise_max_batch),
	  .flags = CONF_CLIP_MAX,
	  .help = "regions purged by one call" },
	{ .name = "lg_san_uaf_align", .type = CONF_SSIZE,
	  FIELD(lg_san_uaf_align),
	  .flags = CONF_CLIP_MAX,
	  .min = (uint64_t)-1, .max = 63,
	  .help = "which freed objects are looked at" },
	{ .name = "san_guard_small", .type = CONF_SIZE, FIELD(san_guard_small),
	  .flags = CONF_NO_CTL, .max = UINT64_MAX,
	  .help = "guard pages around each n-th slab" },
	{ .name = "san_guard_large", .type = CONF_SIZE, FIELD(san_guard_large),
	  .flags = CONF_NO_CTL, .max = UINT64_MAX,
	  .help = "guard pages around each n-th large object" },
	{ .name = "log", .type = CONF_STRING, FIELD(log),
	  .flags = CONF_NO_CTL, .max = OPTIONS_LOG_SIZE,
	  .help = "what to log" },
	{ .name = "prof", .type = CONF_BOOL, FIELD(prof),
	  .help = "profile the heap" },
	{ .name = "prof_prefix", .type = CONF_STRING, FIELD(prof_prefix),
	  .max = OPTIONS_PATH_SIZE,
	  .help = "how names of dumps begin" },
	{ .name = "prof_active", .type = CONF_BOOL, FIELD(prof_active),
	  .help = "take samples from the start" },
	{ .name = "prof_thread_active_init", .type = CONF_BOOL,
	  FIELD(prof_thread_active_init),
	  .help = "new threads take samples" },
	{ .name = "prof_bt_max", .type = CONF_UNSIGNED, FIELD(prof_bt_max),
	  .flags = CONF_CLIP_MIN | CONF_CLIP_MAX,
	  .min = 1, .max = OPTIONS_PROF_BT_LIMIT,
	  .help = "deepest stack that is kept" },
	{ .name = "lg_prof_sample", .type = CONF_SIZE, FIELD(lg_prof_sample),
	  .flags = CONF_CLIP_MAX, .max = 63,
	  .help = "bytes between samples, as a power of two" },
	{ .name = "lg_prof_interval", .type = CONF_SSIZE,
	  FIELD(lg_prof_interval),
	  .min = (uint64_t)-1, .max = 63,
	  .help = "bytes between dumps, as a power of two" },
	{ .name = "prof_gdump", .type = CONF_BOOL, FIELD(prof_gdump),
	  .help = "dump whenever more memory is mapped than ever" },
	{ .name = "prof_final", .type = CONF_BOOL, FIELD(prof_final),
	  .help = "dump at exit" },
	{ .name = "prof_leak", .type = CONF_BOOL, FIELD(prof_leak),
	  .help = "tell at exit what leaked" },
	{ .name = "prof_leak_error", .type = CONF_BOOL, FIELD(prof_leak_error),
	  .help = "exit with an error if anything did" },
	{ .name = "prof_accum", .type = CONF_BOOL, FIELD(prof_accum),
	  .help = "count what was freed, too" },
	{ .name = "prof_log", .type = CONF_BOOL, FIELD(prof_log),
	  .flags = CONF_NO_CTL,
	  .help = "log samples from the start" },
	{ .name = "prof_pid_namespace", .type = CONF_BOOL,
	  FIELD(prof_pid_namespace),
	  .help = "name dumps by the namespace of the process" },
	{ .name = "prof_recent_alloc_max", .type = CONF_SSIZE,
	  FIELD(prof_recent_alloc_max),
	  .min = (uint64_t)-1, .max = INT64_MAX,
	  .help = "samples kept after the fact" },
	{ .name = "prof_stats", .type = CONF_BOOL, FIELD(prof_stats),
	  .help = "count samples by size class" },
	{ .name = "prof_sys_thread_name", .type = CONF_BOOL,
	  FIELD(prof_sys_thread_name),
	  .help = "threads have their names from the system" },
	{ .name = "prof_time_resolution", .type = CONF_WORD,
	  FIELD(prof_time_resolution),
	  .words = WORDS_PROF_TIME,
	  .help = "the clock of samples" },
	{ .name = "prof_format", .type = CONF_WORD, FIELD(prof_format),
	  .words = WORDS_PROF_FORMAT,
	  .help = "what profiles are written as" },
	{ .name = "prof_symbols", .type = CONF_BOOL, FIELD(prof_symbols),
	  .help = "profiles have the names of functions" },
	{ .name = "prof_unbias", .type = CONF_BOOL, FIELD(prof_unbias),
	  .flags = CONF_NO_CTL,
	  .help = "make up for what sampling misses" },
};

const unsigned _bas_conf_nrows =
    sizeof(_bas_conf_table) / sizeof(_bas_conf_table[0]);

BASALT_TOGETHER const char *_bas_conf_sources[CONF_NSOURCES];

const struct conf_row *
_bas_conf_row(const char *name, size_t len)
{
	const struct conf_row *row, *end = &_bas_conf_table[_bas_conf_nrows];

	for (row = _bas_conf_table; row < end; row++)
		if (len < CONF_NAME_MAX &&
		    strncmp(row->name, name, len) == 0 &&
		    row->name[len] == '\0')
			return (row);
	return (NULL);
}

const struct conf_word *
_bas_conf_words(const struct conf_row *row)
{

	return (row->words == WORDS_NONE ? NULL : words[row->words]);
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
	for (word = words[row->words]; word->name[0] != '\0'; word++)
		if (word->value == value)
			return (word->name);
	return ("");
}
