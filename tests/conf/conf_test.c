/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <malloc_np.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define	ENV_PREFIX	"MALLOC_CONF="
/* How a line about a mistake ends. */
#define	IN		" (in MALLOC_CONF)\n"

/* What the last program that was run said, and how it ended. */
static char	shown[65536];
static char	said[65536];
static int	status;

static void
file_read(const char *name, char *buf, size_t size)
{
	size_t len;
	FILE *f;

	f = fopen(name, "r");
	ATF_REQUIRE(f != NULL);
	len = fread(buf, 1, size - 1, f);
	buf[len] = '\0';
	fclose(f);
}

static void
exec_show(const char *path, const char *conf, uid_t uid)
{
	char env[8192];
	char *argv[] = { NULL, NULL }, *envp[] = { NULL, NULL };

	argv[0] = strdup(path);
	if (conf != NULL) {
		snprintf(env, sizeof(env), ENV_PREFIX "%s", conf);
		envp[0] = env;
	}
	if (freopen("shown", "w", stdout) == NULL ||
	    freopen("said", "w", stderr) == NULL)
		_exit(98);
	if (uid != 0 && setuid(uid) != 0)
		_exit(97);
	execve(path, argv, envp);
	_exit(99);
}

static void
run_path(const char *path, const char *conf, uid_t uid)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	ATF_REQUIRE(pid >= 0);
	if (pid == 0)
		exec_show(path, conf, uid);
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	file_read("shown", shown, sizeof(shown));
	file_read("said", said, sizeof(said));
}

static void
run(const char *program, const char *conf)
{
	const char *dir = getenv("BASALT_BINDIR");
	char path[4096];

	ATF_REQUIRE_MSG(dir != NULL, "BASALT_BINDIR is not set");
	snprintf(path, sizeof(path), "%s/%s", dir, program);
	run_path(path, conf, 0);
}

/* Is the option's line in the list? */
static int
shows(const char *line)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "\n%s\n", line);
	return (strncmp(shown, whole + 1, strlen(whole + 1)) == 0 ||
	    strstr(shown, whole) != NULL);
}

/* A string, a line that it makes true, and what is said about it. */
struct example {
	const char	*conf;
	const char	*line;
	const char	*message;	/* NULL: nothing */
};

static void
examples_check(const struct example *e, size_t n)
{
	for (; n > 0; n--, e++) {
		run("conf_show", e->conf);
		ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		    "%s: status %x", e->conf, (unsigned)status);
		ATF_CHECK_MSG(shows(e->line), "%s: not %s", e->conf,
		    e->line);
		ATF_CHECK_MSG(strcmp(said, e->message == NULL ? "" :
		    e->message) == 0, "%s: said \"%s\"", e->conf, said);
	}
}

#define	CHECK(examples)							\
	examples_check(examples, sizeof(examples) / sizeof((examples)[0]))

ATF_TC_WITHOUT_HEAD(defaults);
ATF_TC_BODY(defaults, tc)
{
	run("conf_show", NULL);
	ATF_CHECK_STREQ("", said);
	ATF_CHECK(shows("abort: false"));
	ATF_CHECK(shows("retain: true"));
	ATF_CHECK(shows("junk: \"false\""));
	ATF_CHECK(shows("tcache_max: 1048576"));
	ATF_CHECK(shows("zero_realloc: \"free\""));
	/* A source that has nothing is not there. */
	ATF_CHECK(strstr(shown, "malloc_conf.") == NULL);
}

ATF_TC_WITHOUT_HEAD(values);
ATF_TC_BODY(values, tc)
{
	static const struct example examples[] = {
		{ "", "malloc_conf.env_var: \"\"", NULL },
		{ "abort:true", "abort: true", NULL },
		{ "abort_conf:true", "abort_conf: true", NULL },
		{ "retain:false", "retain: false", NULL },
		{ "narenas:3", "narenas: 3", NULL },
		{ "narenas:5,narenas:2", "narenas: 2", NULL },
		{ "dirty_decay_ms:0x10", "dirty_decay_ms: 16 "
		    "(arenas.dirty_decay_ms: 16)", NULL },
		{ "dirty_decay_ms:010", "dirty_decay_ms: 8 "
		    "(arenas.dirty_decay_ms: 8)", NULL },
		{ "muzzy_decay_ms:-1", "muzzy_decay_ms: -1 "
		    "(arenas.muzzy_decay_ms: -1)", NULL },
		{ "dirty_decay_ms: +5", "dirty_decay_ms: 5 "
		    "(arenas.dirty_decay_ms: 5)", NULL },
		{ "tcache:false", "tcache: false", NULL },
		{ "tcache_max:32768", "tcache_max: 32768", NULL },
		{ "tcache_max:-1", "tcache_max: 1048576", NULL },
		{ "lg_tcache_max:15", "tcache_max: 32768", NULL },
		{ "lg_tcache_max:40", "tcache_max: 1048576", NULL },
		{ "thp:never", "thp: \"never\"", NULL },
		{ "thp:al", "thp: \"always\"", NULL },
		{ "metadata_thp:auto", "metadata_thp: \"auto\"", NULL },
		{ "junk:alloc", "junk: \"alloc\"", NULL },
		{ "junk:free", "junk: \"free\"", NULL },
		{ "junk:true", "junk: \"true\"", NULL },
		{ "zero:true", "zero: true", NULL },
		{ "xmalloc:true", "xmalloc: true", NULL },
		{ "experimental_infallible_new:true",
		    "experimental_infallible_new: true", NULL },
		{ "zero_realloc:alloc", "zero_realloc: \"alloc\"", NULL },
		{ "max_background_threads:0", "max_background_threads: 1 "
		    "(max_background_threads: 1)", NULL },
		{ "background_thread:true", "background_thread: true "
		    "(background_thread: true)", NULL },
		{ "percpu_arena:p,percpu_arena:di",
		    "percpu_arena: \"disabled\"", NULL },
		{ "dss:p", "dss: \"primary\"", NULL },
		{ "hpa_hugify_style:n", "hpa_hugify_style: \"none\"", NULL },
		{ "hpa_dirty_mult:-1", "hpa_dirty_mult: \"-1\"", NULL },
		{ "hpa_dirty_mult:.5", "hpa_dirty_mult: \"0.5\"", NULL },
		{ "hpa_dirty_mult:65535.25", "hpa_dirty_mult: \"65535.25\"",
		    NULL },
		{ "hpa_hugification_threshold_ratio:0.9",
		    "hpa_hugification_threshold: 1887424", NULL },
		{ "hpa_purge_threshold_ratio:1",
		    "hpa_purge_threshold: 2097152", NULL },
		{ "oversize_threshold:16383", "oversize_threshold: 0", NULL },
		{ "oversize_threshold:16384", "oversize_threshold: 16384",
		    NULL },
		{ "oversize_threshold:0x7000000000000000",
		    "oversize_threshold: 8070450532247928832", NULL },
		{ "lg_san_uaf_align:-1", "lg_san_uaf_align: -1", NULL },
		{ "lg_san_uaf_align:99", "lg_san_uaf_align: 63", NULL },
		{ "prof_prefix:", "prof_prefix: \"\"", NULL },
		{ "hpa_min_purge_delay_ms:18446744073709551615",
		    "hpa_min_purge_delay_ms: 18446744073709551615", NULL },
		{ "stats_interval:0", "stats_interval: 0", NULL },
		{ "stats_print_opts:gzgm,stats_print_opts:mJ",
		    "stats_print_opts: \"gmJ\"", NULL },
	};

	CHECK(examples);
}

ATF_TC_WITHOUT_HEAD(mistakes);
ATF_TC_BODY(mistakes, tc)
{
	static const struct example examples[] = {
		{ "narenaz:3,zero:true", "zero: true",
		    "<basalt>: Invalid conf pair: narenaz:3" IN },
		/* Not by a beginning of the name. */
		{ "zer:true", "zero: false",
		    "<basalt>: Invalid conf pair: zer:true" IN },
		{ ":true", "zero: false",
		    "<basalt>: Invalid conf pair: :true" IN },
		{ "zero:yes,junk:alloc", "junk: \"alloc\"",
		    "<basalt>: Invalid conf value: zero:yes" IN },
		{ "zero:", "zero: false",
		    "<basalt>: Invalid conf value: zero:" IN },
		{ "thp:", "thp: \"default\"",
		    "<basalt>: Invalid conf value: thp:" IN },
		{ "junk:tru", "junk: \"false\"",
		    "<basalt>: Invalid conf value: junk:tru" IN },
		{ "tcache_max:4k", "tcache_max: 1048576",
		    "<basalt>: Invalid conf value: tcache_max:4k" IN },
		{ "tcache_max:08", "tcache_max: 1048576",
		    "<basalt>: Invalid conf value: tcache_max:08" IN },
		{ "tcache_max:0x", "tcache_max: 1048576",
		    "<basalt>: Invalid conf value: tcache_max:0x" IN },
		{ "tcache_max:18446744073709551616", "tcache_max: 1048576",
		    "<basalt>: Invalid conf value: "
		    "tcache_max:18446744073709551616" IN },
		{ "narenas:2,narenas:0", "narenas: 2",
		    "<basalt>: Out-of-range conf value: narenas:0" IN },
		{ "dirty_decay_ms:-2", "dirty_decay_ms: 10000 "
		    "(arenas.dirty_decay_ms: 10000)",
		    "<basalt>: Out-of-range conf value: "
		    "dirty_decay_ms:-2" IN },
		{ "hpa_dirty_mult:1.", "hpa_dirty_mult: \"0.25\"",
		    "<basalt>: Invalid conf value: hpa_dirty_mult:1." IN },
		{ "hpa_dirty_mult:.", "hpa_dirty_mult: \"0.25\"",
		    "<basalt>: Invalid conf value: hpa_dirty_mult:." IN },
		{ "hpa_dirty_mult:-2", "hpa_dirty_mult: \"0.25\"",
		    "<basalt>: Invalid conf value: hpa_dirty_mult:-2" IN },
		{ "hpa_dirty_mult:65536", "hpa_dirty_mult: \"0.25\"",
		    "<basalt>: Invalid conf value: hpa_dirty_mult:65536" IN },
		{ "hpa_purge_threshold_ratio:1.01",
		    "hpa_purge_threshold: 4096",
		    "<basalt>: Invalid conf value: "
		    "hpa_purge_threshold_ratio:1.01" IN },
		{ "bin_shards:1-9", "zero: false",
		    "<basalt>: Invalid settings for bin_shards: "
		    "bin_shards:1-9" IN },
		{ "mutex_max_spin:-2", "mutex_max_spin: 60",
		    "<basalt>: Out-of-range conf value: "
		    "mutex_max_spin:-2" IN },
		{ "oversize_threshold:0x7000000000000001",
		    "oversize_threshold: 0",
		    "<basalt>: Out-of-range conf value: "
		    "oversize_threshold:0x7000000000000001" IN },
		{ "lg_san_uaf_align:-2", "lg_san_uaf_align: -1",
		    "<basalt>: Out-of-range conf value: "
		    "lg_san_uaf_align:-2" IN },
		{ "lg_prof_interval:64", "lg_prof_interval: -1",
		    "<basalt>: Out-of-range conf value: "
		    "lg_prof_interval:64" IN },
		{ "prof:true", "prof: true", "" },
		{ "prof_leak_error:true", "prof: true",
		    "<basalt>: prof_leak_error is set w/o prof_final.\n" },
		{ "prof_leak:true", "prof: true", "" },
		{ "zero:true,", "zero: true",
		    "<basalt>: Conf string ends with comma -- zero:true," IN },
		{ "zero:true,junk", "zero: true",
		    "<basalt>: Conf string ends with key -- junk" IN },
		{ "zero:true,ju nk:true", "zero: true",
		    "<basalt>: Malformed conf string -- ju nk:true" IN },
		{ ",zero:true", "zero: false",
		    "<basalt>: Malformed conf string -- ,zero:true" IN },
	};

	CHECK(examples);
}

ATF_TC_WITHOUT_HEAD(abort_conf);
ATF_TC_BODY(abort_conf, tc)
{
	run("conf_show", "zero:x,yy:1,abort_conf:true");
	ATF_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	ATF_CHECK_STREQ("<basalt>: Invalid conf value: zero:x" IN
	    "<basalt>: Invalid conf pair: yy:1" IN
	    "<basalt>: Abort (abort_conf:true) on invalid conf value (see "
	    "above).\n", said);
	run("conf_show", "abort_conf:true,zero:true,");
	ATF_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	/* Experiments are forgiven, spoken of all the same. */
	run("conf_show", "abort_conf:true,experimental_nothing:1");
	ATF_CHECK(WIFEXITED(status));
	ATF_CHECK_STREQ("<basalt>: Invalid conf pair: "
	    "experimental_nothing:1" IN, said);
	/* So is what is gone. */
	run("conf_show", "abort_conf:true,hpa_sec_batch_fill_extra:1");
	ATF_CHECK(WIFEXITED(status));
	ATF_CHECK_STREQ("<basalt>: Invalid conf pair: "
	    "hpa_sec_batch_fill_extra:1" IN, said);
	/* A contradiction is as bad as a mistake. */
	run("conf_show", "prof_leak_error:true,abort_conf:true");
	ATF_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	ATF_CHECK_STREQ("<basalt>: prof_leak_error is set w/o prof_final.\n"
	    "<basalt>: Abort (abort_conf:true) on invalid conf value "
	    "(see above).\n", said);
	run("conf_show", "abort_conf:true,zero:true");
	ATF_CHECK(WIFEXITED(status));
	ATF_CHECK_STREQ("", said);
}

ATF_TC_WITHOUT_HEAD(confirm_conf);
ATF_TC_BODY(confirm_conf, tc)
{
	/* At the end of the string, and yet all of it is confirmed. */
	run("conf_globals", "zero:true,xx:1,confirm_conf:true");
	ATF_CHECK_STREQ(
	    "<basalt>: malloc_conf #1 (string specified via "
	    "--with-malloc-conf): \"\"\n"
	    "<basalt>: malloc_conf #2 (string pointed to by the global "
	    "variable malloc_conf): \"dirty_decay_ms:111,"
	    "muzzy_decay_ms:111,narenas:1,stats_print_opts:b\"\n"
	    "<basalt>: -- Set conf value: dirty_decay_ms:111\n"
	    "<basalt>: -- Set conf value: muzzy_decay_ms:111\n"
	    "<basalt>: -- Set conf value: narenas:1\n"
	    "<basalt>: -- Set conf value: stats_print_opts:b\n"
	    "<basalt>: malloc_conf #3 (\"name\" of the file referenced by "
	    "the symbolic link named /etc/malloc.conf): \"\"\n"
	    "<basalt>: malloc_conf #4 (value of the environment variable "
	    "MALLOC_CONF): \"zero:true,xx:1,confirm_conf:true\"\n"
	    "<basalt>: -- Set conf value: zero:true\n"
	    "<basalt>: Invalid conf pair: xx:1" IN
	    "<basalt>: -- Set conf value: confirm_conf:true\n"
	    "<basalt>: malloc_conf #5 (string pointed to by the global "
	    "variable malloc_conf_2_conf_harder): \"muzzy_decay_ms:333,"
	    "stats_print_opts:l\"\n"
	    "<basalt>: -- Set conf value: muzzy_decay_ms:333\n"
	    "<basalt>: -- Set conf value: stats_print_opts:l\n", said);
}

/* The user overrides the program, but for what it insists on. */
ATF_TC_WITHOUT_HEAD(sources);
ATF_TC_BODY(sources, tc)
{
	run("conf_globals", NULL);
	ATF_CHECK(shows("dirty_decay_ms: 111 (arenas.dirty_decay_ms: 111)"));
	ATF_CHECK(shows("muzzy_decay_ms: 333 (arenas.muzzy_decay_ms: 333)"));
	ATF_CHECK(shows("narenas: 1"));
	run("conf_globals", "dirty_decay_ms:222,muzzy_decay_ms:222,"
	    "stats_print_opts:a");
	ATF_CHECK(shows("dirty_decay_ms: 222 (arenas.dirty_decay_ms: 222)"));
	ATF_CHECK(shows("muzzy_decay_ms: 333 (arenas.muzzy_decay_ms: 333)"));
	ATF_CHECK(shows("narenas: 1"));
	/* Letters add up over all sources. */
	ATF_CHECK(shows("stats_print_opts: \"bal\""));
	ATF_CHECK(shows("malloc_conf.global_var_2_conf_harder: "
	    "\"muzzy_decay_ms:333,stats_print_opts:l\""));
	ATF_CHECK_STREQ("", said);
	run("conf_mistakes", "zero:x");
	ATF_CHECK_STREQ(
	    "<basalt>: Invalid conf value: narenas:x (in malloc_conf)\n"
	    "<basalt>: Invalid conf value: zero:x" IN
	    "<basalt>: Malformed conf string -- narenas=3 "
	    "(in malloc_conf_2_conf_harder)\n", said);
}

ATF_TC(set_uid);
ATF_TC_HEAD(set_uid, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "A set-uid program does not heed the environment");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(set_uid, tc)
{
	char dir[] = "/tmp/basalt.XXXXXX", path[64], command[8192];
	const char *bin = getenv("BASALT_BINDIR");
	int expected;

	if (getenv("BASALT_RUN") != NULL)
		atf_tc_skip("set-uid would have to be the emulator");
	ATF_REQUIRE(mkdtemp(dir) != NULL);
	ATF_REQUIRE_EQ(0, chmod(dir, 0755));
	snprintf(path, sizeof(path), "%s/conf_static", dir);
	snprintf(command, sizeof(command), "cp -L '%s/conf_static' %s", bin,
	    path);
	ATF_REQUIRE_EQ(0, system(command));
	ATF_REQUIRE_EQ(0, chmod(path, 0755));
	run_path(path, "narenas:3", 65534);
	expected = shows("narenas: 3");
	ATF_REQUIRE_EQ(0, chmod(path, 04755));
	run_path(path, "narenas:3", 65534);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ATF_REQUIRE_EQ(0, system(command));
	ATF_CHECK_MSG(expected, "not heeded without set-uid either");
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ATF_CHECK(shows("abort: false"));
	ATF_CHECK(!shows("narenas: 3"));
}

ATF_TC_WITHOUT_HEAD(stats_print);
ATF_TC_BODY(stats_print, tc)
{
	static const char begin[] = "{\"jemalloc\":{\"stats\":{"
	    "\"allocated\":", end[] = "--- End jemalloc statistics ---\n";

	run("conf_show", "stats_print:true,stats_print_opts:Jgam");
	ATF_CHECK_MSG(strncmp(said, begin, strlen(begin)) == 0, "said: %s",
	    said);
	run("conf_show", "stats_print:true");
	ATF_CHECK_EQ(0, strncmp(said, "___ Begin jemalloc", 18));
	ATF_REQUIRE(strlen(said) > strlen(end));
	ATF_CHECK_STREQ(end, said + strlen(said) - strlen(end));
	run("conf_show", "stats_print_opts:J");
	ATF_CHECK_STREQ("", said);
}

static char	messages[1 << 20];

static void
message_keep(void *arg, const char *text)
{
	ATF_CHECK_EQ(NULL, arg);
	if (strlen(messages) + strlen(text) < sizeof(messages))
		strcat(messages, text);
}

/* The variable is the program's and the library's at once. */
ATF_TC_WITHOUT_HEAD(message_hook);
ATF_TC_BODY(message_hook, tc)
{
	malloc_message = message_keep;
	malloc_stats_print(NULL, NULL, "gmablh");
	malloc_message = NULL;
	ATF_CHECK_EQ(0, strncmp(messages, "___ Begin jemalloc", 18));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, defaults);
	ATF_TP_ADD_TC(tp, values);
	ATF_TP_ADD_TC(tp, mistakes);
	ATF_TP_ADD_TC(tp, abort_conf);
	ATF_TP_ADD_TC(tp, confirm_conf);
	ATF_TP_ADD_TC(tp, sources);
	ATF_TP_ADD_TC(tp, set_uid);
	ATF_TP_ADD_TC(tp, stats_print);
	ATF_TP_ADD_TC(tp, message_hook);
	return (atf_no_error());
}
