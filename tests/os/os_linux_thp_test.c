/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* What is read of huge pages, from trees made up for it. */
#include "../include/unit.h"

#include <sys/prctl.h>
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "os/os_linux.h"

#define	KIB	((size_t)1 << 10)
#define	MIB	((size_t)1 << 20)

/* A file of the tree; text NULL: none. */
static void
file_write(const char *path, const char *text)
{
	FILE *f;

	if (text == NULL)
		return;
	f = fopen(path, "w");
	ATF_REQUIRE(f != NULL);
	ATF_REQUIRE(fputs(text, f) >= 0);
	ATF_REQUIRE_EQ(0, fclose(f));
}

static void
size_write(size_t kib, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "thp/hugepages-%zukB", kib);
	ATF_REQUIRE(mkdir(path, 0755) == 0 || errno == EEXIST);
	snprintf(path, sizeof(path), "thp/hugepages-%zukB/enabled", kib);
	file_write(path, text);
}

static void
tree_make(const char *enabled, const char *largest)
{
	if (system("rm -rf thp && mkdir thp") != 0)
		atf_tc_fail("no directory");
	file_write("thp/enabled", enabled);
	file_write("thp/hpage_pmd_size", largest);
}

static struct os_info
tree_read(size_t page, int disabled)
{
	/* What is there from before must not stay. */
	struct os_info info = { .page = page, .hugepage = 1, .hugepages = 7,
	    .thp = true, .thp_mode = "x" };

	errno = 77;
	_bas_linux_thp_read(&info, "thp", disabled);
	ATF_CHECK_EQ(77, errno);
	ATF_CHECK_EQ(page, info.page);
	return (info);
}

static void
expect(const struct os_info *info, const char *mode, bool thp,
    size_t hugepage, uint64_t hugepages)
{
	ATF_CHECK_STREQ(mode, info->thp_mode);
	ATF_CHECK_EQ(thp, info->thp);
	ATF_CHECK_EQ(hugepage, info->hugepage);
	ATF_CHECK_EQ_MSG(hugepages, info->hugepages, "%#llx, not %#llx",
	    (unsigned long long)info->hugepages,
	    (unsigned long long)hugepages);
}

static void
check(size_t page, int disabled, const char *mode, bool thp, size_t hugepage,
    uint64_t hugepages)
{
	struct os_info info = tree_read(page, disabled);

	expect(&info, mode, thp, hugepage, hugepages);
}

#define	ALWAYS	"[always] madvise never\n"
#define	MADVISE	"always [madvise] never\n"
#define	NEVER	"always madvise [never]\n"
#define	SIZE_ALWAYS	"[always] inherit madvise never\n"
#define	SIZE_INHERIT	"always [inherit] madvise never\n"
#define	SIZE_MADVISE	"always inherit [madvise] never\n"
#define	SIZE_NEVER	"always inherit madvise [never]\n"

/* No /sys, or a kernel built without. */
ATF_TC_WITHOUT_HEAD(absent);
ATF_TC_BODY(absent, tc)
{
	char deep[600];
	struct os_info info = { .page = 4096 };

	check(4096, 0, "not supported", false, 0, 0);
	memset(deep, 'a', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	_bas_linux_thp_read(&info, deep, 0);
	expect(&info, "not supported", false, 0, 0);
}

/* The one size, and no file for each. */
ATF_TC_WITHOUT_HEAD(before_sizes);
ATF_TC_BODY(before_sizes, tc)
{
	tree_make(ALWAYS, "2097152\n");
	check(4096, 0, "always", true, 2 * MIB, 2 * MIB);
	tree_make(MADVISE, "2097152\n");
	check(4096, 0, "madvise", true, 2 * MIB, 2 * MIB);
	/* A kernel that does not know the question. */
	check(4096, -1, "madvise", true, 2 * MIB, 2 * MIB);
	tree_make(NEVER, "2097152\n");
	check(4096, 0, "never", false, 0, 0);
	tree_make(MADVISE, "536870912\n");
	check(65536, 0, "madvise", true, 512 * MIB, 512 * MIB);
	/* One that does not tell the size. */
	tree_make(MADVISE, NULL);
	check(4096, 0, "madvise", true, 0, 0);
	tree_make(NEVER, NULL);
	check(4096, 0, "never", false, 0, 0);
}

ATF_TC_WITHOUT_HEAD(disabled);
ATF_TC_BODY(disabled, tc)
{
	tree_make(ALWAYS, "2097152\n");
	size_write(2048, SIZE_INHERIT);
	check(4096, 1, "always", false, 0, 0);
	/* But for what is asked for: that is what we do. */
	check(4096, 3, "always", true, 2 * MIB, 2 * MIB);
	tree_make(NEVER, "2097152\n");
	size_write(64, SIZE_ALWAYS);
	check(4096, 1, "never", false, 0, 0);
}

/* Each size has its own word, and may go by the first. */
ATF_TC_WITHOUT_HEAD(sizes);
ATF_TC_BODY(sizes, tc)
{
	static const struct {
		const char	*enabled;
		const char	*size;
		bool		 offered;
	} cases[] = {
		{ ALWAYS, SIZE_ALWAYS, true },
		{ ALWAYS, SIZE_INHERIT, true },
		{ ALWAYS, SIZE_MADVISE, true },
		{ ALWAYS, SIZE_NEVER, false },
		{ MADVISE, SIZE_ALWAYS, true },
		{ MADVISE, SIZE_INHERIT, true },
		{ MADVISE, SIZE_MADVISE, true },
		{ MADVISE, SIZE_NEVER, false },
		{ NEVER, SIZE_ALWAYS, true },
		{ NEVER, SIZE_INHERIT, false },
		{ NEVER, SIZE_MADVISE, true },
		{ NEVER, SIZE_NEVER, false },
		{ ALWAYS, "", false },
		{ ALWAYS, "[", false },
		{ ALWAYS, "[madvi", false },
		{ ALWAYS, "[madvises]", false },
	};
	struct os_info info;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tree_make(cases[i].enabled, "2097152\n");
		size_write(2048, cases[i].size);
		info = tree_read(4096, 0);
		ATF_CHECK_EQ_MSG(cases[i].offered, info.thp, "case %zu", i);
		ATF_CHECK_EQ(cases[i].offered ? 2 * MIB : 0, info.hugepages);
		tree_make(cases[i].enabled, "2097152\n");
		size_write(2048, SIZE_NEVER);
		size_write(64, cases[i].size);
		info = tree_read(4096, 0);
		ATF_CHECK_EQ_MSG(cases[i].offered, info.thp, "case %zu", i);
		ATF_CHECK_EQ(cases[i].offered ? 64 * KIB : 0, info.hugepages);
	}
}

/* The largest up to a superpage counts. */
ATF_TC_WITHOUT_HEAD(largest);
ATF_TC_BODY(largest, tc)
{
	size_t kib;

	tree_make(MADVISE, "2097152\n");
	for (kib = 16; kib <= 1024; kib *= 2) {
		size_write(kib, SIZE_MADVISE);
		size_write(2048, SIZE_INHERIT);
		check(4096, 0, "madvise", true, 2 * MIB, 2 * MIB);
		size_write(2048, SIZE_NEVER);
		check(4096, 0, "madvise", true, 2 * MIB, kib * KIB);
	}
}

/* Pages of 16K and 64K: the largest is larger than a superpage. */
ATF_TC_WITHOUT_HEAD(larger);
ATF_TC_BODY(larger, tc)
{
	size_t kib;

	tree_make(MADVISE, "33554432\n");
	for (kib = 64; kib <= 32768; kib *= 2)
		size_write(kib, kib == 32768 ? SIZE_INHERIT : SIZE_NEVER);
	check(16384, 0, "madvise", true, 32 * MIB, 32 * MIB);
	size_write(2048, SIZE_MADVISE);
	check(16384, 0, "madvise", true, 32 * MIB, 34 * MIB);
	size_write(2048, SIZE_NEVER);
	size_write(128, SIZE_ALWAYS);
	check(16384, 0, "madvise", true, 32 * MIB, 32 * MIB + 128 * KIB);
	tree_make(NEVER, "536870912\n");
	for (kib = 256; kib <= 524288; kib *= 2)
		size_write(kib, kib == 524288 ? SIZE_INHERIT : SIZE_NEVER);
	check(65536, 0, "never", false, 0, 0);
	size_write(2048, SIZE_MADVISE);
	check(65536, 0, "never", true, 512 * MIB, 2 * MIB);
	tree_make(ALWAYS, "536870912\n");
	for (kib = 256; kib <= 524288; kib *= 2)
		size_write(kib, SIZE_INHERIT);
	/* Of those between, what the machine maps as one. */
	check(65536, 0, "always", true, 512 * MIB, 512 * MIB | 2 * MIB |
	    (MACH_HUGE_SIZES & (512 * MIB - 1) & ~(2 * MIB - 1)));
}

/* Whatever stands there, nothing is believed that cannot be. */
ATF_TC_WITHOUT_HEAD(nonsense);
ATF_TC_BODY(nonsense, tc)
{
	static const char *const sizes[] = { "", "\n", "x\n", "0\n", "4096\n",
	    "2097153\n", "3145728\n", "99999999999999999999999\n", "-1\n" };
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		tree_make(MADVISE, sizes[i]);
		check(4096, 0, "madvise", true, 0, 0);
	}
	tree_make("", "2097152\n");
	check(4096, 0, "madvise", true, 2 * MIB, 2 * MIB);
}

/* The process's own setting, asked of the kernel. */
ATF_TC_WITHOUT_HEAD(process);
ATF_TC_BODY(process, tc)
{
	struct os_info before;

	_bas_os_init();
	before = _bas_os_info;
	ATF_REQUIRE(!before.thp || before.hugepages != 0 ||
	    before.hugepage == 0);
	if (!before.thp)
		atf_tc_skip("this machine offers no huge pages");
	if (prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) != 0)
		atf_tc_skip("prctl(PR_SET_THP_DISABLE): %s", strerror(errno));
	_bas_os_init();
	expect(&_bas_os_info, before.thp_mode, false, 0, 0);
	ATF_REQUIRE_EQ(0, prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0));
	/* Linux 6.18: except where advised. */
	if (prctl(PR_SET_THP_DISABLE, 1, 1 << 1, 0, 0) == 0) {
		_bas_os_init();
		expect(&_bas_os_info, before.thp_mode, true, before.hugepage,
		    before.hugepages);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, absent);
	ATF_TP_ADD_TC(tp, before_sizes);
	ATF_TP_ADD_TC(tp, disabled);
	ATF_TP_ADD_TC(tp, sizes);
	ATF_TP_ADD_TC(tp, largest);
	ATF_TP_ADD_TC(tp, larger);
	ATF_TP_ADD_TC(tp, nonsense);
	ATF_TP_ADD_TC(tp, process);
	return (atf_no_error());
}
