/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A table that only grows.  A module is complete before the count covers
 * it, so who looks needs no lock; who adds tries one, and if it is taken
 * goes without.
 */
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <string.h>

#include "os/file.h"
#include "os/maps.h"
#include "os/module.h"
#include "os/os.h"

/* The most bytes of program headers, and how many there may be. */
#define	PARTS_MAX	64
/* Encodings of pointers in .eh_frame_hdr: those that linkers use. */
#define	ENC_SIZE(e)	((e) & 0x0f)
#define	ENC_UDATA4	0x03
#define	ENC_SDATA4	0x0b
#define	ENC_PAIRS	0x3b	/* of 4 bytes, from the section's begin */
/* Looking for new ones takes at most one part in so many of the time. */
#define	LOOK_SHARE	200

static struct module modules[MODULE_MAX];
static _Atomic unsigned nmodules;
static _Atomic unsigned epoch;
/* The process in which somebody looks; 0: nobody does. */
static _Atomic int looking;
/* No sooner than this, by _bas_os_clock_exact(). */
static _Atomic uint64_t look_next;
static char look_buf[OS_MAPS_BUFFER];
/* Of the file that is being looked at. */
static struct {
	ElfW(Ehdr)	file;
	ElfW(Phdr)	part[PARTS_MAX];
} head;

unsigned
_bas_module_epoch(void)
{

	return (atomic_load_explicit(&epoch, memory_order_relaxed));
}

static void
epoch_raise(void)
{

	atomic_fetch_add_explicit(&epoch, 1, memory_order_relaxed);
}

static bool
is_dead(const struct module *m)
{

	return (atomic_load_explicit(&m->dead, memory_order_relaxed));
}

static void
dead_set(struct module *m, bool dead)
{

	atomic_store_explicit(&m->dead, dead, memory_order_relaxed);
}

/* Of an ELF file. */
static bool
is_head(const ElfW(Ehdr) *file)
{

	return (memcmp(file->e_ident, ELFMAG, SELFMAG) == 0 &&
	    file->e_ident[EI_CLASS] == ELFCLASS64 &&
	    file->e_phentsize == sizeof(ElfW(Phdr)) &&
	    file->e_phnum <= PARTS_MAX &&
	    file->e_phoff % sizeof(uint64_t) == 0);
}

static uint64_t
sum_add(uint64_t sum, const void *p, size_t words)
{
	const uint64_t *word = p;

	while (words-- > 0) {
		sum = (sum ^ *word++) * 0x9e3779b97f4a7c15;
		sum ^= sum >> 32;
	}
	return (sum);
}

static uint64_t
sum_of(const ElfW(Ehdr) *file, const ElfW(Phdr) *part)
{
	uint64_t sum = sum_add(1, file, sizeof(*file) / sizeof(uint64_t));

	return (sum_add(sum, part, file->e_phnum * sizeof(*part) /
	    sizeof(uint64_t)) | 1);
}

/*
 * Of the headers that are at base now; 0: there are none.  Read in place, for
 * who has an address of the file from a stack: it does not go meanwhile.
 */
static uint64_t
sum_at(uintptr_t base)
{
	const ElfW(Ehdr) *file = (const ElfW(Ehdr) *)base;

	if (!_bas_os_readable(base, sizeof(*file)) || !is_head(file) ||
	    !_bas_os_readable(base + file->e_phoff,
	    file->e_phnum * sizeof(ElfW(Phdr))))
		return (0);
	return (sum_of(file, (const ElfW(Phdr) *)(base + file->e_phoff)));
}

/* A copy, of what may be no file; other threads may unmap it meanwhile. */
static bool
head_copy(const struct os_maps *maps, uintptr_t base)
{

	return (base % sizeof(uint64_t) == 0 &&
	    _bas_os_maps_copy(maps, base, &head.file, sizeof(head.file)) &&
	    is_head(&head.file) && _bas_os_maps_copy(maps,
	    base + head.file.e_phoff, head.part,
	    head.file.e_phnum * sizeof(head.part[0])));
}

static bool
is_inside(const struct module *m, uintptr_t addr, size_t size)
{

	return (addr >= m->low && addr <= m->high && size <= m->high - addr);
}

/* What .eh_frame_hdr at addr says. */
static void
index_read(struct module *m, const struct os_maps *maps, uintptr_t addr,
    size_t size)
{
	struct {
		unsigned char enc[4];
		int32_t	 distance;
		uint32_t n;
	} index;

	if (size < sizeof(index) || !is_inside(m, addr, size) ||
	    !_bas_os_readable(addr, size) ||
	    !_bas_os_maps_copy(maps, addr, &index, sizeof(index)) ||
	    index.enc[0] != 1 || (ENC_SIZE(index.enc[1]) != ENC_SDATA4 &&
	    ENC_SIZE(index.enc[1]) != ENC_UDATA4) ||
	    index.enc[2] != ENC_UDATA4 || index.enc[3] != ENC_PAIRS ||
	    index.n == 0 || index.n > (size - sizeof(index)) / 8)
		return;
	m->frames = addr + 4 + (uintptr_t)(intptr_t)index.distance;
	if (!is_inside(m, m->frames, 8))
		m->frames = m->low;
	m->frames_end = m->high;
	m->index = addr;
	m->pairs = addr + sizeof(index);
	m->npairs = index.n;
}

/* Of a static program's file: where .eh_frame is, by its sections. */
static void
frames_read(struct module *m, int fd, uintptr_t bias)
{
	ElfW(Shdr) section, names;
	ElfW(Ehdr) file;
	char name[sizeof(".eh_frame")];
	unsigned i;

	if (_bas_os_file_read_at(fd, &file, sizeof(file), 0) !=
	    sizeof(file) || file.e_shentsize != sizeof(section) ||
	    memcmp(&file, &head.file, sizeof(file)) != 0 ||
	    _bas_os_file_read_at(fd, &names, sizeof(names), file.e_shoff +
	    file.e_shstrndx * sizeof(names)) != sizeof(names))
		return;
	for (i = 0; i < file.e_shnum; i++) {
		if (_bas_os_file_read_at(fd, &section, sizeof(section),
		    file.e_shoff + i * sizeof(section)) != sizeof(section) ||
		    _bas_os_file_read_at(fd, name, sizeof(name),
		    names.sh_offset + section.sh_name) != sizeof(name))
			return;
		if (memcmp(name, ".eh_frame", sizeof(name)) != 0)
			continue;
		if (is_inside(m, bias + section.sh_addr, section.sh_size) &&
		    _bas_os_readable(bias + section.sh_addr,
		    section.sh_size)) {
			m->frames = bias + section.sh_addr;
			m->frames_end = m->frames + section.sh_size;
		}
		return;
	}
}

static void
module_read(struct module *m, const struct os_maps *maps, const char *path)
{
	const ElfW(Phdr) *part = head.part;
	uintptr_t bias = m->base, index = 0;
	size_t index_size = 0;
	unsigned i, n = head.file.e_phnum;
	int fd;

	for (i = 0; i < n; i++)
		if (part[i].p_type == PT_LOAD && part[i].p_offset == 0)
			bias = m->base - part[i].p_vaddr;
	m->low = UINTPTR_MAX;
	for (i = 0; i < n; i++) {
		if (part[i].p_type == PT_GNU_EH_FRAME) {
			index = bias + part[i].p_vaddr;
			index_size = part[i].p_memsz;
		}
		if (part[i].p_type != PT_LOAD)
			continue;
		if (m->low > bias + part[i].p_vaddr)
			m->low = bias + part[i].p_vaddr;
		if (m->high < bias + part[i].p_vaddr + part[i].p_memsz)
			m->high = bias + part[i].p_vaddr + part[i].p_memsz;
	}
	if (index != 0)
		index_read(m, maps, index, index_size);
	if (m->npairs == 0 && path[0] == '/' &&
	    (fd = _bas_os_file_open(path, NULL)) >= 0) {
		frames_read(m, fd, bias);
		_bas_os_file_close(fd);
	}
}

/* The one who looks: a module that was not known, or was given up. */
static void
module_add(const struct os_maps *maps, uintptr_t base, uintptr_t text,
    uintptr_t end, const char *path)
{
	unsigned i, n = atomic_load_explicit(&nmodules, memory_order_relaxed);
	struct module *m;
	uint64_t sum;

	if (!head_copy(maps, base))
		return;
	sum = sum_of(&head.file, head.part);
	for (i = 0; i < n; i++) {
		m = &modules[i];
		if (m->base != base || m->text != text || m->text_end != end ||
		    m->sum != sum)
			continue;
		if (is_dead(m)) {
			dead_set(m, false);
			epoch_raise();
		}
		return;
	}
	if (n == MODULE_MAX)
		return;
	m = &modules[n];
	memset(m, 0, sizeof(*m));
	m->text = text;
	m->text_end = end;
	m->base = base;
	m->sum = sum;
	module_read(m, maps, path);
	/* What lay there before does not any more. */
	for (i = 0; i < n; i++)
		if (modules[i].text < end && text < modules[i].text_end)
			dead_set(&modules[i], true);
	atomic_store_explicit(&nmodules, n + 1, memory_order_release);
	epoch_raise();
}

/*
 * A process that was forked while another thread looked has that thread's
 * mark, but not the thread.
 */
static bool
look_begin(void)
{
	int was = atomic_load_explicit(&looking, memory_order_relaxed);
	int pid = _bas_os_pid();

	return (was != pid && atomic_compare_exchange_strong_explicit(
	    &looking, &was, pid, memory_order_acquire, memory_order_relaxed));
}

static void
look_end(void)
{

	atomic_store_explicit(&looking, 0, memory_order_release);
}

/* Errors, and a list that changes meanwhile, only mean that one is missed. */
static bool
look(void)
{
	struct os_mapping mapping;
	struct os_maps maps;
	uint64_t start = _bas_os_clock_exact(), now;
	bool is;

	if (start < atomic_load_explicit(&look_next, memory_order_relaxed) ||
	    !look_begin())
		return (false);
	is = _bas_os_maps_begin(&maps, look_buf, sizeof(look_buf));
	if (is) {
		while (_bas_os_maps_next(&maps, &mapping))
			if (mapping.executable && mapping.base != 0)
				module_add(&maps, mapping.base, mapping.start,
				    mapping.end, mapping.path);
		_bas_os_maps_end(&maps);
	}
	now = _bas_os_clock_exact();
	atomic_store_explicit(&look_next, now + (now - start) * LOOK_SHARE,
	    memory_order_relaxed);
	look_end();
	return (is);
}

static struct module *
module_find(uintptr_t pc)
{
	unsigned i, n = atomic_load_explicit(&nmodules, memory_order_acquire);

	for (i = n; i-- > 0;)
		if (pc - modules[i].text <
		    modules[i].text_end - modules[i].text &&
		    !is_dead(&modules[i]))
			return (&modules[i]);
	return (NULL);
}

/*
 * A module may have been unloaded, and something else be in its place.
 * One that is on the stack is loaded, so what its headers tell stays true
 * for as long as the caller needs it.
 */
const struct module *
_bas_module_of(uintptr_t pc)
{
	struct module *m = module_find(pc);

	if (m != NULL && sum_at(m->base) == m->sum)
		return (m);
	if (m != NULL) {
		dead_set(m, true);
		epoch_raise();
	}
	return (look() ? module_find(pc) : NULL);
}

static int
loaded(struct dl_phdr_info *info, size_t size, void *arg)
{
	const ElfW(Phdr) *part = info->dlpi_phdr;
	const struct os_maps *none = arg;
	uintptr_t base = 0, start;
	unsigned i;

	(void)size;
	for (i = 0; i < info->dlpi_phnum; i++)
		if (part[i].p_type == PT_LOAD && part[i].p_offset == 0)
			base = info->dlpi_addr + part[i].p_vaddr;
	for (i = 0; i < info->dlpi_phnum; i++) {
		start = info->dlpi_addr + part[i].p_vaddr;
		if (base != 0 && part[i].p_type == PT_LOAD &&
		    (part[i].p_flags & PF_X) != 0)
			module_add(none, base, start, start + part[i].p_memsz,
			    "");
	}
	return (0);
}

void
_bas_module_init(void)
{
	struct os_maps none = { .mem = -1 };

	if (look() || !look_begin())
		return;
	(void)dl_iterate_phdr(loaded, &none);
	look_end();
}
