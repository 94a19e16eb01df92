/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <sys/types.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "os/os.h"
#include "os/os_fake.h"
#include "util/report.h"

/* The name that the library under test has for malloc_message. */
extern void (*bas_malloc_message)(void *, const char *);

static char	message[8192];
static int	nmessages;
static int	message_fd;

static void
message_keep(void *arg, const char *text)
{
	ATF_CHECK_EQ(NULL, arg);
	snprintf(message, sizeof(message), "%s", text);
	nmessages++;
	errno = EBADF;
}

static void
message_send(void *arg, const char *text)
{
	(void)arg;
	if (write(message_fd, text, strlen(text)) < 0)
		_exit(9);
}

ATF_TC_WITHOUT_HEAD(hook);
ATF_TC_BODY(hook, tc)
{
	bas_malloc_message = message_keep;
	errno = 77;
	_bas_report("<basalt>: %s %d\n", "text", 5);
	ATF_CHECK_EQ(77, errno);
	ATF_CHECK_EQ(1, nmessages);
	ATF_CHECK_STREQ("<basalt>: text 5\n", message);
	_bas_message("100% as it stands\n");
	ATF_CHECK_EQ(2, nmessages);
	ATF_CHECK_STREQ("100% as it stands\n", message);
}

/* Without a hook: one write, so that lines of threads do not mix. */
ATF_TC_WITHOUT_HEAD(standard_error);
ATF_TC_BODY(standard_error, tc)
{
	_bas_os_fake_reset();
	_bas_os_fake_capture(message, sizeof(message));
	errno = 77;
	_bas_report("<basalt>: %s: %.*s:%zu\n", "what", 3, "keys",
	    (size_t)12);
	_bas_os_fake_capture(NULL, 0);
	ATF_CHECK_EQ(77, errno);
	ATF_CHECK_STREQ("<basalt>: what: key:12\n", message);
	ATF_CHECK_EQ(1, _bas_os_fake_count(OS_FAKE_WRITE));
	/* That it cannot be written is no reason to stop. */
	_bas_os_fake_fail(OS_FAKE_WRITE, 0, 1);
	_bas_report("unheard\n");
	ATF_CHECK_EQ(77, errno);
}

ATF_TC_WITHOUT_HEAD(long_line);
ATF_TC_BODY(long_line, tc)
{
	char text[5000];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	bas_malloc_message = message_keep;
	_bas_report("%s\n", text);
	ATF_CHECK_EQ(1, nmessages);
	ATF_CHECK_EQ(4095, strlen(message));
	ATF_CHECK_EQ('\n', message[4094]);
	ATF_CHECK_EQ('x', message[4093]);
}

/* Let a child call f, which must abort; what it said goes to message. */
static void
child_aborts(void (*f)(void), pid_t *pidp)
{
	int fds[2], status;
	ssize_t len;

	ATF_REQUIRE_EQ(0, pipe(fds));
	*pidp = fork();
	ATF_REQUIRE(*pidp >= 0);
	if (*pidp == 0) {
		message_fd = fds[1];
		bas_malloc_message = message_send;
		f();
		_exit(0);
	}
	close(fds[1]);
	len = read(fds[0], message, sizeof(message) - 1);
	ATF_REQUIRE(len >= 0);
	message[len] = '\0';
	close(fds[0]);
	ATF_REQUIRE_EQ(*pidp, waitpid(*pidp, &status, 0));
	ATF_CHECK(WIFSIGNALED(status));
	ATF_CHECK_EQ(SIGABRT, WTERMSIG(status));
}

static void
misuse(void)
{
	_bas_report_misuse("free", "not an object",
	    (const void *)(uintptr_t)0x1234abcd);
}

static void
fatal(void)
{
	_bas_report_fatal("malloc", "no way on");
}

/* What a report of process pid begins with, as the OS layer has it. */
static void
line_begin(char *buf, size_t size, pid_t pid)
{
	char program[64];

	_bas_os_progname(program, sizeof(program));
	ATF_CHECK(program[0] != '\0');
	snprintf(buf, size, "<basalt>: %s[%d]: ", program, (int)pid);
}

ATF_TC_WITHOUT_HEAD(misuse_line);
ATF_TC_BODY(misuse_line, tc)
{
	char expected[256];
	size_t len;
	pid_t pid;

	child_aborts(misuse, &pid);
	line_begin(expected, sizeof(expected), pid);
	len = strlen(expected);
	snprintf(expected + len, sizeof(expected) - len,
	    "free(): not an object: 0x1234abcd\n");
	ATF_CHECK_STREQ(expected, message);
}

ATF_TC_WITHOUT_HEAD(fatal_line);
ATF_TC_BODY(fatal_line, tc)
{
	char expected[256];
	size_t len;
	pid_t pid;

	child_aborts(fatal, &pid);
	line_begin(expected, sizeof(expected), pid);
	len = strlen(expected);
	snprintf(expected + len, sizeof(expected) - len,
	    "malloc(): no way on\n");
	ATF_CHECK_STREQ(expected, message);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, hook);
	ATF_TP_ADD_TC(tp, standard_error);
	ATF_TP_ADD_TC(tp, long_line);
	ATF_TP_ADD_TC(tp, misuse_line);
	ATF_TP_ADD_TC(tp, fatal_line);
	return (atf_no_error());
}
