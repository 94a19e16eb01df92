/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "../include/unit.h"

#include <fcntl.h>
#include <stdio.h>

#include "os/maps.h"
#include "watch/elf_symbol.h"

static __attribute__((noinline)) void
nobody_else_has_this_name(void)
{
	__asm__ volatile("nop\n\tnop\n\tnop\n\tnop" : : : "memory");
}

/* The file that addr is of, and the byte of it there. */
static uint64_t
file_of(const void *addr, char *path, size_t size)
{
	static char buf[OS_MAPS_BUFFER];
	struct os_mapping mapping;
	uint64_t offset = 0;
	struct os_maps maps;

	ATF_REQUIRE(_bas_os_maps_begin(&maps, buf, sizeof(buf)));
	while (_bas_os_maps_next(&maps, &mapping))
		if ((uintptr_t)addr - mapping.start <
		    mapping.end - mapping.start) {
			snprintf(path, size, "%s", mapping.path);
			offset = (uintptr_t)addr - mapping.start +
			    mapping.offset;
		}
	_bas_os_maps_end(&maps);
	ATF_REQUIRE(offset != 0);
	return (offset);
}

ATF_TC_WITHOUT_HEAD(found);
ATF_TC_BODY(found, tc)
{
	struct elf_symbols symbols;
	uint64_t offset, start;
	char path[4096];
	const char *name;

	offset = file_of((const void *)(uintptr_t)nobody_else_has_this_name,
	    path, sizeof(path));
	ATF_REQUIRE(_bas_elf_symbols_open(&symbols, path));
	name = _bas_elf_symbols_find(&symbols, offset, &start);
	ATF_REQUIRE(name != NULL);
	ATF_CHECK_STREQ("nobody_else_has_this_name", name);
	ATF_CHECK_EQ(offset, start);
	name = _bas_elf_symbols_find(&symbols, offset + 1, &start);
	ATF_REQUIRE(name != NULL);
	ATF_CHECK_STREQ("nobody_else_has_this_name", name);
	ATF_CHECK_EQ(offset, start);
	name = _bas_elf_symbols_find(&symbols, offset - 1, &start);
	ATF_CHECK(name == NULL ||
	    strcmp(name, "nobody_else_has_this_name") != 0);
	ATF_CHECK_EQ(NULL, _bas_elf_symbols_find(&symbols, 0, &start));
	ATF_CHECK_EQ(NULL, _bas_elf_symbols_find(&symbols, UINT64_MAX,
	    &start));
	_bas_elf_symbols_close(&symbols);
}

/* A library that was stripped has what it exports. */
ATF_TC_WITHOUT_HEAD(exported);
ATF_TC_BODY(exported, tc)
{
	struct elf_symbols symbols;
	uint64_t offset, start;
	char path[4096];
	const char *name;

	offset = file_of((const void *)(uintptr_t)getpriority, path,
	    sizeof(path));
	ATF_REQUIRE(_bas_elf_symbols_open(&symbols, path));
	name = _bas_elf_symbols_find(&symbols, offset + 1, &start);
	ATF_REQUIRE(name != NULL);
	ATF_CHECK_MSG(strstr(name, "getpriority") != NULL, "%s", name);
	ATF_CHECK_EQ(offset, start);
	_bas_elf_symbols_close(&symbols);
}

/* Cut short anywhere, or with other bytes in it. */
ATF_TC_WITHOUT_HEAD(broken);
ATF_TC_BODY(broken, tc)
{
	struct elf_symbols symbols;
	uint64_t offset, start, seed = 1;
	char path[4096], *file;
	size_t size, at;
	int fd, i, j;

	offset = file_of((const void *)(uintptr_t)nobody_else_has_this_name,
	    path, sizeof(path));
	fd = open(path, O_RDONLY);
	size = (size_t)lseek(fd, 0, SEEK_END);
	file = malloc(size);
	ATF_REQUIRE(file != NULL &&
	    pread(fd, file, size, 0) == (ssize_t)size);
	close(fd);
	for (i = 0; i < 200; i++) {
		fd = open("broken", O_RDWR | O_CREAT | O_TRUNC, 0600);
		ATF_REQUIRE(fd >= 0);
		at = i < 100 ? unit_below(&seed, size) : size;
		ATF_REQUIRE(write(fd, file, at) == (ssize_t)at);
		/* The headers of the file, and those of its sections. */
		for (j = 0; j < i % 8; j++) {
			at = unit_below(&seed, 2) == 0 ?
			    unit_below(&seed, 64) :
			    size - 1 - unit_below(&seed, 64 * 40);
			ATF_REQUIRE(pwrite(fd, &seed, 1, (off_t)at) == 1);
		}
		close(fd);
		if (!_bas_elf_symbols_open(&symbols, "broken"))
			continue;
		for (j = 0; j < 100; j++) {
			const char *name = _bas_elf_symbols_find(&symbols,
			    offset + unit_below(&seed, 4096), &start);
			ATF_CHECK(name == NULL || strlen(name) < size);
		}
		_bas_elf_symbols_close(&symbols);
	}
	free(file);
	ATF_CHECK(!_bas_elf_symbols_open(&symbols, "/nonexistent"));
	ATF_CHECK(!_bas_elf_symbols_open(&symbols, "/proc/self/maps"));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, found);
	ATF_TP_ADD_TC(tp, exported);
	ATF_TP_ADD_TC(tp, broken);
	return (atf_no_error());
}
