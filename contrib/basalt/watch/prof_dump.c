/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Profiles into files.  One is written at a time; the lock is held over it,
 * so files come whole and in the order of their numbers.
 */
#include <errno.h>
#include <string.h>

#include "os/file.h"
#include "os/os.h"
#include "thread/cache.h"
#include "thread/sample.h"
#include "thread/tsd.h"
#include "util/bits.h"
#include "util/fmt.h"
#include "util/lock.h"
#include "util/options.h"
#include "util/report.h"
#include "watch/prof_source.h"
#include "watch/prof_state.h"

/* What follows the prefix: three numbers and some letters. */
#define	SUFFIX_MAX	96
#define	NAME_SIZE	(OPTIONS_PATH_SIZE + SUFFIX_MAX)
/* No error of the system's: there is no prefix. */
#define	NO_NAME		(-1)

static struct lock	dump_lock = LOCK_INITIALIZER(RANK_DUMP);

/*
 * Under the lock, but apart from it, since what begins as zero is not in the
 * file; the prefix is the option's until it is set.
 */
static struct {
	uint64_t	seq;		/* of all */
	uint64_t	count[4];	/* of each kind */
	bool		prefix_set;
	char		prefix[OPTIONS_PATH_SIZE];
	char		name[NAME_SIZE];
	struct sink	sink;
	struct prof_source source;
} dump;

static const char kinds[] = "iumf";

static const char *
prefix(void)
{

	return (dump.prefix_set ? dump.prefix : _bas_options.prof_prefix);
}

/* The number of this process' namespace, between dots; or nothing. */
static void
namespace_fmt(char *buf, size_t size)
{
	char link[64];
	ssize_t n;

	buf[0] = '\0';
	if (!_bas_options.prof_pid_namespace)
		return;
	n = _bas_os_readlink("/proc/self/ns/pid", link, sizeof(link));
	if (n > 6 && strncmp(link, "pid:[", 5) == 0)
		(void)_bas_fmt(buf, size, "%.*s.", (int)n - 6, link + 5);
}

size_t
_bas_prof_name_begin(char *buf, size_t size)
{
	char space[64];
	size_t len;

	namespace_fmt(space, sizeof(space));
	len = _bas_fmt(buf, size, "%s.%s%d.", prefix(), space,
	    _bas_os_pid());
	return (len < size ? len : size - 1);
}

/* A name for the next dump of the kind; false: there is no prefix. */
static bool
name_make(char kind)
{
	unsigned i = (unsigned)(strchr(kinds, kind) - kinds);
	char number[24] = "";
	size_t len;

	if (prefix()[0] == '\0')
		return (false);
	len = _bas_prof_name_begin(dump.name, sizeof(dump.name));
	if (kind != 'f')
		(void)_bas_fmt(number, sizeof(number), "%llu",
		    (unsigned long long)dump.count[i]);
	(void)_bas_fmt(dump.name + len, sizeof(dump.name) - len,
	    "%llu.%c%s.heap", (unsigned long long)dump.seq, (int)kind,
	    number);
	dump.seq++;
	dump.count[i]++;
	return (true);
}

static int
dump_format(struct prof_source *source, struct sink *sink)
{

	if (_bas_options.prof_format != PROF_FORMAT_HEAP)
		_bas_prof_source_maps(source, _bas_options.prof_symbols);
	switch (_bas_options.prof_format) {
	case PROF_FORMAT_PPROF:
		return (_bas_prof_pprof(&source->view, sink));
	case PROF_FORMAT_FOLDED:
		return (_bas_prof_folded(&source->view, sink));
	case PROF_FORMAT_HEAP:
		break;
	}
	return (_bas_prof_heap(source, sink));
}

static int
dump_write(const char *name)
{
	bool pins = _bas_options.prof_format == PROF_FORMAT_PPROF;
	int fd, error = 0, end;

	fd = _bas_os_file_create(name, &error);
	if (fd < 0)
		return (error);
	if (!_bas_prof_source_begin(&dump.source, pins)) {
		_bas_os_file_close(fd);
		return (ENOMEM);
	}
	_bas_sink_file(&dump.sink, fd);
	error = dump_format(&dump.source, &dump.sink);
	end = _bas_sink_end(&dump.sink);
	_bas_prof_source_end(&dump.source);
	_bas_os_file_close(fd);
	return (error != 0 ? error : end);
}

/* What the program's function allocates is no sample, and calls for no dump. */
static void
dump_tell(prof_dump_fn *f, const char *name)
{
	struct cache *own = _bas_tsd_cache();
	struct sample *sample = own != NULL ? _bas_sample_of(own) : NULL;
	bool busy = sample != NULL && sample->busy;
	int saved = errno;

	if (sample != NULL)
		sample->busy = true;
	f(name);
	if (sample != NULL)
		sample->busy = busy;
	errno = saved;
}

/* The name that was made last, for who lets go of the lock. */
static char *
name_copy(size_t size)
{
	char *copy = _bas_os_map(size, _bas_os_info.page);

	if (copy != NULL)
		memcpy(copy, dump.name, sizeof(dump.name));
	return (copy);
}

/* Who calls for a dump hears of it by an error; of others here. */
static void
failure_report(const char *name, int error)
{

	_bas_report("<basalt>: failed to write \"%s\", error %d\n",
	    name != NULL ? name : "a heap profile", error);
}

/*
 * Functions of the program are called with nothing held.  Its own hears of
 * files that could not be written, too.
 */
static int
dump_to(const char *given, char kind)
{
	size_t size = ROUNDUP(sizeof(dump.name), _bas_os_info.page);
	int error = NO_NAME;
	char *copy = NULL;
	prof_dump_fn *f;

	f = atomic_load_explicit(&_bas_prof.dump, memory_order_relaxed);
	lock_take(&dump_lock);
	if (given != NULL)
		error = dump_write(given);
	else if (name_make(kind)) {
		error = dump_write(dump.name);
		if (f != NULL || error != 0)
			copy = name_copy(size);
	}
	lock_give(&dump_lock);
	if (error > 0 && kind != 'm')
		failure_report(copy, error);
	if (f != NULL && (given != NULL || copy != NULL))
		dump_tell(f, given != NULL ? given : copy);
	if (copy != NULL)
		(void)_bas_os_unmap(copy, size);
	return (error);
}

int
_bas_prof_dump(const char *name)
{

	return (dump_to(name, 'm'));
}

void
_bas_prof_dump_auto(char kind)
{

	if (dump_to(NULL, kind) > 0 && _bas_options.abort)
		_bas_os_abort();
}

void
_bas_prof_prefix_set(const char *new)
{

	lock_take(&dump_lock);
	(void)_bas_fmt(dump.prefix, sizeof(dump.prefix), "%s", new);
	dump.prefix_set = true;
	lock_give(&dump_lock);
}

struct lock *
_bas_prof_dump_lock(void)
{

	return (&dump_lock);
}

void
_bas_prof_dump_mend(void)
{

	if (lock_is_held(&dump_lock))
		_bas_lock_init(&dump_lock, RANK_DUMP);
}
