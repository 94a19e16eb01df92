/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The contract in os.h, kept for tests, on real memory and real threads.
 *
 * It is stricter than a kernel: sizes and addresses that are no multiples
 * of the OS page, and memory that is not mapped, end the program; pages
 * that were purged lazily lose their contents in part.
 */
#include <sys/mman.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/os.h"
#include "os/os_fake.h"

#define	HUGEPAGE	((size_t)1 << MACH_HUGE_SHIFT)
#define	SCRIBBLE	0xdb

struct os_info _bas_os_info = {
	.page = 4096,
	.hugepage = HUGEPAGE,
	.hugepages = HUGEPAGE,
	.thp = true,
	.thp_mode = "madvise",
};

struct fault {
	_Atomic size_t	calls;
	_Atomic size_t	after;	/* the value of calls that fails first */
	_Atomic size_t	count;
};

static struct {
	struct fault	fault[OS_FAKE_CALLS];
	_Atomic size_t	nevents;
	struct os_fake_event event[OS_FAKE_LOG];
	void		(*hook)(enum os_fake_call, uintptr_t, size_t);
	_Atomic uint64_t clock;
	_Atomic uint64_t spent;		/* ns, by purges */
	uint64_t	purge_ns;	/* of each 4 KiB */
	_Atomic uint64_t random;
	unsigned	cpus;
	unsigned	cpu_limit;
	_Atomic unsigned cpu;
	const char	*env_name, *env_value;
	const char	*link_path, *link_target;
	char		*capture;
	size_t		capture_size, captured;
	bool		remap_unmaps;
	bool		sparse;
} fake = { .clock = 1000000000, .cpus = 4, .cpu_limit = 4 };

/* What a call that is to fail returns. */
static const int fake_error[OS_FAKE_CALLS] = {
	[OS_FAKE_MAP] = ENOMEM,
	[OS_FAKE_MAP_AT] = EEXIST,
	[OS_FAKE_UNMAP] = ENOMEM,
	[OS_FAKE_PURGE] = EINVAL,
	[OS_FAKE_HUGIFY] = EINVAL,
	[OS_FAKE_COLLAPSE] = EAGAIN,
	[OS_FAKE_PROTECT] = ENOMEM,
	[OS_FAKE_REMAP] = ENOSYS,
	[OS_FAKE_THREAD_START] = EAGAIN,
	[OS_FAKE_THREAD_BUSY] = EBUSY,
	[OS_FAKE_THREAD_INIT] = EAGAIN,
	[OS_FAKE_THREAD_MARK] = ENOMEM,
	[OS_FAKE_FORK_INIT] = ENOMEM,
	[OS_FAKE_EXIT_INIT] = ENOMEM,
	[OS_FAKE_WRITE] = EIO,
};

void
_bas_os_fake_fail(enum os_fake_call call, size_t after, size_t count)
{
	struct fault *fault = &fake.fault[call];

	fault->after = fault->calls + after;
	fault->count = count;
}

void
_bas_os_fake_reset(void)
{

	memset(fake.fault, 0, sizeof(fake.fault));
	fake.nevents = 0;
}

size_t
_bas_os_fake_count(enum os_fake_call call)
{

	return (fake.fault[call].calls);
}

const struct os_fake_event *
_bas_os_fake_event(size_t i)
{

	return (i < fake.nevents && i < OS_FAKE_LOG ? &fake.event[i] : NULL);
}

void
_bas_os_fake_hook(void (*f)(enum os_fake_call, uintptr_t, size_t))
{

	fake.hook = f;
}

int
_bas_os_fake_begin(enum os_fake_call call)
{
	struct fault *fault = &fake.fault[call];
	size_t n = fault->calls++;

	return (n >= fault->after && n - fault->after < fault->count ?
	    fake_error[call] : 0);
}

static void
call_log(const struct os_fake_event *event)
{
	size_t i = fake.nevents++;

	if (i < OS_FAKE_LOG)
		fake.event[i] = *event;
}

static void
range_check(const char *what, const void *addr, size_t size)
{

	if (size == 0 || size % _bas_os_info.page != 0 ||
	    (uintptr_t)addr % _bas_os_info.page != 0)
		_bas_os_fake_wrong(what, addr, size);
}

/* As above, of memory that must be there; then another thread's turn. */
static void
memory_check(enum os_fake_call call, const char *what, const void *addr,
    size_t size)
{

	range_check(what, addr, size);
	if (!_bas_os_fake_is_mapped((uintptr_t)addr, size))
		_bas_os_fake_wrong(what, addr, size);
	if (fake.hook != NULL)
		fake.hook(call, (uintptr_t)addr, size);
}

void
_bas_os_init(void)
{
}

static void *
map(enum os_fake_call call, void *addr, size_t size, size_t align)
{
	struct os_fake_event event = { .call = call, .size = size,
	    .align = align };
	int saved = errno;
	void *p = NULL;

	range_check("map", addr, size);
	if (align < _bas_os_info.page || (align & (align - 1)) != 0)
		_bas_os_fake_wrong("map: alignment", addr, align);
	if (fake.hook != NULL)
		fake.hook(call, (uintptr_t)addr, size);
	event.error = _bas_os_fake_begin(call);
	if (event.error == 0) {
		p = _bas_os_fake_place(addr, size, align);
		event.error = p == NULL ? fake_error[call] : 0;
	}
	event.addr = (uintptr_t)(p == NULL ? addr : p);
	call_log(&event);
	errno = saved;
	return (p);
}

void *
_bas_os_map(size_t size, size_t align)
{

	return (map(OS_FAKE_MAP, NULL, size, align));
}

void *
_bas_os_map_at(void *addr, size_t size)
{

	return (map(OS_FAKE_MAP_AT, addr, size, _bas_os_info.page));
}

int
_bas_os_unmap(void *addr, size_t size)
{
	struct os_fake_event event = { .call = OS_FAKE_UNMAP,
	    .addr = (uintptr_t)addr, .size = size };
	int saved = errno;

	memory_check(OS_FAKE_UNMAP, "unmap", addr, size);
	event.error = _bas_os_fake_begin(OS_FAKE_UNMAP);
	if (event.error == 0)
		_bas_os_fake_remove(addr, size);
	call_log(&event);
	errno = saved;
	return (event.error);
}

/* Of three pages one is zero, one is garbage and one is as it was. */
static void
purge_lazy(char *addr, size_t size)
{
	size_t i;

	for (i = 0; i < size; i += _bas_os_info.page)
		switch (i / _bas_os_info.page % 3) {
		case 0:
			memset(addr + i, 0, _bas_os_info.page);
			break;
		case 1:
			memset(addr + i, SCRIBBLE, _bas_os_info.page);
			break;
		}
}

int
_bas_os_purge(void *addr, size_t size, bool lazy)
{
	struct os_fake_event event = { .call = OS_FAKE_PURGE,
	    .addr = (uintptr_t)addr, .size = size, .flag = lazy };
	int saved = errno;

	memory_check(OS_FAKE_PURGE, "purge", addr, size);
	event.error = _bas_os_fake_begin(OS_FAKE_PURGE);
	if (event.error == 0) {
		if (lazy)
			purge_lazy(addr, size);
		else
			_bas_os_fake_zero(addr, size);
	}
	fake.spent += size / 4096 * fake.purge_ns;
	call_log(&event);
	errno = saved;
	return (event.error);
}

int
_bas_os_hugify(void *addr, size_t size, bool huge)
{
	struct os_fake_event event = { .call = OS_FAKE_HUGIFY,
	    .addr = (uintptr_t)addr, .size = size, .flag = huge };

	memory_check(OS_FAKE_HUGIFY, "hugify", addr, size);
	event.error = _bas_os_fake_begin(OS_FAKE_HUGIFY);
	call_log(&event);
	return (event.error);
}

int
_bas_os_collapse(void *addr, size_t size)
{
	struct os_fake_event event = { .call = OS_FAKE_COLLAPSE,
	    .addr = (uintptr_t)addr, .size = size };

	memory_check(OS_FAKE_COLLAPSE, "collapse", addr, size);
	event.error = _bas_os_fake_begin(OS_FAKE_COLLAPSE);
	call_log(&event);
	return (event.error);
}

int
_bas_os_protect(void *addr, size_t size, bool none)
{
	struct os_fake_event event = { .call = OS_FAKE_PROTECT,
	    .addr = (uintptr_t)addr, .size = size, .flag = none };
	int saved = errno;

	memory_check(OS_FAKE_PROTECT, "protect", addr, size);
	event.error = _bas_os_fake_begin(OS_FAKE_PROTECT);
	if (event.error == 0)
		_bas_os_fake_protect(addr, size, none);
	call_log(&event);
	errno = saved;
	return (event.error);
}

int
_bas_os_remap(void *old, size_t oldsize, void *new, size_t newsize)
{
	struct os_fake_event event = { .call = OS_FAKE_REMAP,
	    .addr = (uintptr_t)old, .to = (uintptr_t)new, .size = oldsize };
	int saved = errno;

	memory_check(OS_FAKE_REMAP, "remap, old", old, oldsize);
	memory_check(OS_FAKE_REMAP, "remap, new", new, newsize);
	if (newsize < oldsize)
		_bas_os_fake_wrong("remap to less", new, newsize);
	event.error = _bas_os_fake_begin(OS_FAKE_REMAP);
	if (event.error == 0) {
		memcpy(new, old, oldsize);
		_bas_os_fake_remove(old, oldsize);
	} else if (fake.remap_unmaps) {
		event.error = EFAULT;
		_bas_os_fake_remove(new, oldsize);
	}
	call_log(&event);
	errno = saved;
	return (event.error);
}

size_t
_bas_os_resident(void *addr, size_t size)
{

	(void)addr;
	return (fake.sparse ? size / 4 : size);
}

void
_bas_os_fake_sparse(bool sparse)
{

	fake.sparse = sparse;
}

void
_bas_os_fake_remap_unmaps(bool unmaps)
{

	fake.remap_unmaps = unmaps;
}

void
_bas_os_fake_page(size_t page)
{

	_bas_os_info.page = page;
}

void
_bas_os_fake_hugepage(size_t size, bool thp)
{

	_bas_os_info.hugepage = size;
	_bas_os_info.hugepages = thp ? size : 0;
	_bas_os_info.thp = thp;
}

void
_bas_os_fake_hugepages(uint64_t sizes)
{

	_bas_os_info.hugepages = sizes;
	_bas_os_info.thp = sizes != 0;
}

uint64_t
_bas_os_clock(void)
{

	return (fake.clock);
}

uint64_t
_bas_os_clock_exact(void)
{

	return (fake.clock + fake.spent);
}

void
_bas_os_fake_purge_ns(uint64_t ns)
{

	fake.purge_ns = ns;
}

void
_bas_os_fake_clock_set(uint64_t ns)
{

	fake.clock = ns;
}

void
_bas_os_fake_clock_advance(uint64_t ns)
{

	fake.clock += ns;
}

unsigned
_bas_os_cpus(void)
{

	return (fake.cpus);
}

void
_bas_os_fake_cpus(unsigned cpus)
{

	fake.cpus = cpus;
}

unsigned
_bas_os_cpu(void)
{

	return (fake.cpu);
}

unsigned
_bas_os_cpu_limit(void)
{

	return (fake.cpu_limit);
}

void
_bas_os_fake_cpu(unsigned cpu)
{

	fake.cpu = cpu;
}

void
_bas_os_fake_cpu_limit(unsigned limit)
{

	fake.cpu_limit = limit;
}

uint64_t
_bas_os_random(void)
{
	const uint64_t step = 0x9e3779b97f4a7c15;
	uint64_t z = atomic_fetch_add(&fake.random, step) + step;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (z ^ (z >> 31));
}

void
_bas_os_fake_seed(uint64_t seed)
{

	fake.random = seed;
}

int
_bas_os_pid(void)
{

	return (getpid());
}

void
_bas_os_fake_capture(char *buf, size_t size)
{

	fake.capture = buf;
	fake.capture_size = size;
	fake.captured = 0;
	if (buf != NULL)
		buf[0] = '\0';
}

int
_bas_os_write(int fd, const void *buf, size_t len)
{
	int saved = errno, error = _bas_os_fake_begin(OS_FAKE_WRITE);

	if (error != 0)
		return (error);
	if (fake.capture == NULL) {
		if (write(fd, buf, len) != (ssize_t)len)
			error = EIO;
		errno = saved;
		return (error);
	}
	if (len > fake.capture_size - 1 - fake.captured)
		len = fake.capture_size - 1 - fake.captured;
	memcpy(fake.capture + fake.captured, buf, len);
	fake.captured += len;
	fake.capture[fake.captured] = '\0';
	return (0);
}

void
_bas_os_fake_env(const char *name, const char *value)
{

	fake.env_name = name;
	fake.env_value = value;
}

const char *
_bas_os_env(const char *name)
{

	return (fake.env_name != NULL && strcmp(name, fake.env_name) == 0 ?
	    fake.env_value : NULL);
}

void
_bas_os_fake_link(const char *path, const char *target)
{

	fake.link_path = path;
	fake.link_target = target;
}

ssize_t
_bas_os_readlink(const char *path, char *buf, size_t size)
{
	size_t len;

	if (fake.link_path == NULL || strcmp(path, fake.link_path) != 0)
		return (-1);
	len = strlen(fake.link_target);
	if (len > size)
		len = size;
	memcpy(buf, fake.link_target, len);
	return ((ssize_t)len);
}

void
_bas_os_progname(char *buf, size_t size)
{
	size_t len = strlen(program_invocation_short_name);

	if (len >= size)
		len = size - 1;
	memcpy(buf, program_invocation_short_name, len);
	buf[len] = '\0';
}

_Noreturn void
_bas_os_abort(void)
{

	abort();
}
