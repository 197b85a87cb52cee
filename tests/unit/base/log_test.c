/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/log.h"

static int log_fd;
static char seen[65536];

static int
setup(void **state)
{
	(void)state;
	log_fd = memfd_create("log_test", MFD_CLOEXEC);
	log_to(log_fd);
	log_init(LOG_INFO, LOG_LOGFMT);
	return log_fd == -1 ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	log_to(STDERR_FILENO);
	return close(log_fd);
}

/* All that was logged so far. */
static const char *
logged(void)
{
	ssize_t n = pread(log_fd, seen, sizeof(seen) - 1, 0);

	assert_true(n >= 0);
	seen[n] = '\0';
	return seen;
}

/* What follows the time in the one line logged, up to its newline. */
static const char *
after_time(void)
{
	const char *line = logged();
	const char *level = strstr(line, "level");
	char *end = strchr(line, '\n');

	assert_non_null(level);
	assert_non_null(end);
	assert_int_equal(end[1], '\0');
	*end = '\0';
	return level;
}

static void
a_line_begins_with_the_time_in_utc(void **state)
{
	struct tm tm = { 0 };
	time_t before = time(NULL), then;
	const char *rest;

	(void)state;
	assert_int_equal(setenv("TZ", "XYZ-9", 1), 0);
	tzset();
	log_info("hello");
	assert_int_equal(unsetenv("TZ"), 0);
	tzset();
	assert_memory_equal(logged(), "ts=", 3);
	rest = strptime(seen + 3, "%Y-%m-%dT%H:%M:%S", &tm);
	assert_non_null(rest);
	then = timegm(&tm);
	assert_true(then >= before && then <= time(NULL));
	assert_int_equal(rest[0], '.');
	assert_int_equal(strspn(rest + 1, "0123456789"), 3);
	assert_string_equal(rest + 4, "Z level=info msg=hello\n");
}

static void
every_kind_of_field_is_written(void **state)
{
	(void)state;
	log_warn("a b", LOG_STR("s", "x=y"), LOG_STR("none", NULL),
	    LOG_BYTES("b", "p\0qr", 3), LOG_INT("i", INT64_MIN),
	    LOG_UINT("u", UINT64_MAX), LOG_NUM("d", 0.5),
	    LOG_NUM("n", (double)NAN), LOG_ERRNO(ENOENT));
	assert_string_equal(after_time(),
	    "level=warn msg=\"a b\" s=\"x=y\" none=\"\" b=\"p\\u0000q\""
	    " i=-9223372036854775808 u=18446744073709551615 d=0.5 n=NaN"
	    " err=\"No such file or directory\"");
}

static void
json_holds_the_same_as_an_object(void **state)
{
	(void)state;
	log_init(LOG_INFO, LOG_JSON);
	log_error("a \"b\"", LOG_STR("s", "x\ny"), LOG_INT("i", -1),
	    LOG_NUM("d", 0.5), LOG_NUM("n", -(double)INFINITY),
	    LOG_ERRNO(EADDRINUSE));
	assert_string_equal(after_time(),
	    "level\":\"error\",\"msg\":\"a \\\"b\\\"\",\"s\":\"x\\ny\","
	    "\"i\":-1,\"d\":0.5,\"n\":\"-Inf\","
	    "\"err\":\"Address already in use\"}");
	assert_memory_equal(seen, "{\"ts\":\"2", 8);
}

static void
lines_below_the_level_are_not_written(void **state)
{
	(void)state;
	log_debug("hidden");
	assert_string_equal(logged(), "");
	log_init(LOG_WARN, LOG_LOGFMT);
	log_info("hidden");
	assert_string_equal(logged(), "");
	log_warn("seen");
	assert_string_equal(after_time(), "level=warn msg=seen");
}

static void
the_lowest_level_writes_all(void **state)
{
	(void)state;
	log_init(LOG_DEBUG, LOG_LOGFMT);
	log_debug("seen");
	assert_string_equal(after_time(), "level=debug msg=seen");
}

static void
bytes_from_outside_cannot_begin_a_line(void **state)
{
	static const char body[] = "x\nts=1 level=error msg=forged\x1b[2J";

	(void)state;
	log_info("refused", LOG_BYTES("body", body, sizeof(body) - 1));
	assert_string_equal(after_time(),
	    "level=info msg=refused"
	    " body=\"x\\nts=1 level=error msg=forged\\u001b[2J\"");
}

/* Log a field of ${len} bytes ${c}, with another after it. */
static const char *
log_long(char c, size_t len)
{
	char *text = malloc(len);

	assert_non_null(text);
	memset(text, c, len);
	assert_int_equal(ftruncate(log_fd, 0), 0);
	assert_int_equal(lseek(log_fd, 0, SEEK_SET), 0);
	log_info("m", LOG_BYTES("a", text, len), LOG_INT("z", 1));
	free(text);
	return logged();
}

/* Whether ${line} is one line, within the limit, ending so. */
static void
check_end(const char *line, const char *end)
{
	size_t len = strlen(line);

	assert_true(len <= LOG_LINE_MAX);
	assert_true(len >= strlen(end));
	assert_string_equal(line + len - strlen(end), end);
	assert_ptr_equal(strchr(line, '\n'), line + len - 1);
}

static void
a_line_that_is_too_long_is_cut_and_says_so(void **state)
{
	(void)state;
	check_end(log_long('x', 5000), "xxxx cut=true\n");
	assert_true(strlen(seen) > LOG_LINE_MAX - 20);
	check_end(log_long(' ', 5000), "    \" cut=true\n");
	check_end(log_long('\1', 5000), "\\u0001\" cut=true\n");
	log_init(LOG_INFO, LOG_JSON);
	check_end(log_long('x', 5000), "xxxx\",\"cut\":true}\n");
	check_end(log_long('\1', 5000), "\\u0001\",\"cut\":true}\n");
}

static void
a_line_is_well_formed_wherever_it_is_cut(void **state)
{
	size_t len;

	(void)state;
	for (len = LOG_LINE_MAX - 120; len < LOG_LINE_MAX; len++) {
		log_init(LOG_INFO, LOG_JSON);
		if (strstr(log_long('x', len), "\"z\"") != NULL)
			check_end(seen, "xxxx\",\"z\":1}\n");
		else
			check_end(seen, "xxxx\",\"cut\":true}\n");
		log_init(LOG_INFO, LOG_LOGFMT);
		if (strstr(log_long(' ', len), "z=") != NULL)
			check_end(seen, "    \" z=1\n");
		else
			check_end(seen, "    \" cut=true\n");
	}
}

static void
errno_is_left_alone(void **state)
{
	(void)state;
	log_to(-1);
	errno = ENOSPC;
	log_info("lost");
	assert_int_equal(errno, ENOSPC);
}

static void
a_full_pipe_loses_the_line_and_does_not_block(void **state)
{
	char fill[65536] = { 0 };
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
	while (write(ends[1], fill, sizeof(fill)) > 0)
		;
	log_to(ends[1]);
	log_info("lost");
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void
a_gate_opens_at_once_and_then_each_period(void **state)
{
	struct log_gate gate = { 0 };
	uint64_t hidden = 99;

	(void)state;
	assert_true(log_gate_open(&gate, 5, 100, &hidden));
	assert_int_equal(hidden, 0);
	hidden = 99;
	assert_false(log_gate_open(&gate, 6, 100, &hidden));
	assert_false(log_gate_open(&gate, 104, 100, &hidden));
	assert_int_equal(hidden, 99);
	assert_true(log_gate_open(&gate, 105, 100, &hidden));
	assert_int_equal(hidden, 2);
	assert_true(log_gate_open(&gate, 400, 100, &hidden));
	assert_int_equal(hidden, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* What systemd calls the file of the log. */
static void
call_it_the_journal(uint64_t more)
{
	struct stat st;
	char text[64];

	assert_int_equal(fstat(log_fd, &st), 0);
	(void)snprintf(text, sizeof(text), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino + more);
	assert_int_equal(setenv("JOURNAL_STREAM", text, 1), 0);
}

static void
lines_for_the_journal_have_their_priority(void **state)
{
	(void)state;
	call_it_the_journal(0);
	log_init(LOG_DEBUG, LOG_LOGFMT);
	log_debug("a");
	log_info("b");
	log_warn("c");
	log_init(LOG_DEBUG, LOG_JSON);
	log_error("d");
	assert_memory_equal(logged(), "<7>ts=", 6);
	assert_non_null(strstr(logged(), "\n<6>ts="));
	assert_non_null(strstr(logged(), "\n<4>ts="));
	assert_non_null(strstr(logged(), "\n<3>{\"ts\""));
	assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
}

static void
another_file_than_the_journal_has_none(void **state)
{
	(void)state;
	call_it_the_journal(1);
	log_init(LOG_INFO, LOG_LOGFMT);
	log_info("a");
	assert_memory_equal(logged(), "ts=", 3);
	assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_line_begins_with_the_time_in_utc),
		TEST(every_kind_of_field_is_written),
		TEST(json_holds_the_same_as_an_object),
		TEST(lines_below_the_level_are_not_written),
		TEST(the_lowest_level_writes_all),
		TEST(bytes_from_outside_cannot_begin_a_line),
		TEST(a_line_that_is_too_long_is_cut_and_says_so),
		TEST(a_line_is_well_formed_wherever_it_is_cut),
		TEST(errno_is_left_alone),
		TEST(a_full_pipe_loses_the_line_and_does_not_block),
		TEST(lines_for_the_journal_have_their_priority),
		TEST(another_file_than_the_journal_has_none),
		cmocka_unit_test(a_gate_opens_at_once_and_then_each_period),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
