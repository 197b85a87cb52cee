/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/ndjson.h"

#define WRITTEN_MAX (4u * NDJSON_BUFFER) /* Bytes that a test may write. */

struct fixture {
	struct ndjson out;
	char written[WRITTEN_MAX];
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->out.fd = memfd_create("ndjson_test", MFD_CLOEXEC);
	assert_true(f->out.fd >= 0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	(void)close(f->out.fd);
	free(f);
	return 0;
}

/* All that was written and flushed, and how much. */
static const char *
written(struct fixture *f, size_t *ret_len)
{
	ssize_t n = pread(f->out.fd, f->written, sizeof(f->written) - 1, 0);

	assert_true(n >= 0);
	f->written[n] = '\0';
	if (ret_len != NULL)
		*ret_len = (size_t)n;
	return f->written;
}

/* Write ${len} bytes as a string; they end where memory does. */
static void
put_text(struct fixture *f, const char *data, size_t len)
{
	char *exact = malloc(len > 0 ? len : 1);

	assert_non_null(exact);
	memcpy(exact, data, len);
	ndjson_text(&f->out, (struct wal_text){ exact, len });
	free(exact);
}

/* ${data}, a literal, is written as ${want}. */
#define EXPECT_TEXT(f, data, want) expect_text(f, data, sizeof(data) - 1, want)

static void
expect_text(struct fixture *f, const char *data, size_t len, const char *want)
{
	assert_int_equal(ftruncate(f->out.fd, 0), 0);
	assert_int_equal(lseek(f->out.fd, 0, SEEK_SET), 0);
	put_text(f, data, len);
	assert_int_equal(ndjson_flush(&f->out), 0);
	assert_string_equal(written(f, NULL), want);
}

static void
text_is_put_in_quotes(void **state)
{
	EXPECT_TEXT(*state, "", "\"\"");
	EXPECT_TEXT(*state, "up", "\"up\"");
	EXPECT_TEXT(*state, " u p ", "\" u p \"");
	EXPECT_TEXT(*state, "/api?a=<b>&c", "\"/api?a=<b>&c\"");
}

static void
quotes_and_backslashes_are_escaped(void **state)
{
	EXPECT_TEXT(*state, "\"", "\"\\\"\"");
	EXPECT_TEXT(*state, "a\\b", "\"a\\\\b\"");
	EXPECT_TEXT(*state, "\\\"\\", "\"\\\\\\\"\\\\\"");
}

static void
every_byte_below_0x20_is_escaped(void **state)
{
	static const char letters[] = "btn\0fr"; /* From 0x08 on. */
	char c, want[16];

	for (c = 0; c < 0x20; c++) {
		if (c >= 0x08 && c <= 0x0d && c != 0x0b)
			(void)snprintf(
			    want, sizeof(want), "\"\\%c\"", letters[c - 8]);
		else
			(void)snprintf(
			    want, sizeof(want), "\"\\u%04x\"", (unsigned)c);
		expect_text(*state, &c, 1, want);
	}
}

static void
del_and_what_is_above_are_written_as_they_are(void **state)
{
	EXPECT_TEXT(*state, "\x7f", "\"\x7f\"");
	EXPECT_TEXT(
	    *state, "\u00fc\u65e5\U0001f600", "\"\u00fc\u65e5\U0001f600\"");
}

static void
line_separators_are_escaped_wherever_they_are(void **state)
{
	EXPECT_TEXT(*state, "\xe2\x80\xa8", "\"\\u2028\"");
	EXPECT_TEXT(*state, "\xe2\x80\xa9", "\"\\u2029\"");
	EXPECT_TEXT(*state,
	    "a\xe2\x80\xa8"
	    "b\xe2\x80\xa9",
	    "\"a\\u2028b\\u2029\"");
	EXPECT_TEXT(*state, "\xe2\x80\xa8\xe2\x80\xa8", "\"\\u2028\\u2028\"");
}

static void
neighbours_of_the_line_separators_are_not_escaped(void **state)
{
	EXPECT_TEXT(*state, "\xe2\x80\xa7", "\"\xe2\x80\xa7\"");
	EXPECT_TEXT(*state, "\xe2\x80\xaa", "\"\xe2\x80\xaa\"");
	EXPECT_TEXT(*state, "\xe2\x81\xa8", "\"\xe2\x81\xa8\"");
}

static void
a_line_separator_cut_short_is_left_as_it_is(void **state)
{
	EXPECT_TEXT(*state, "\xe2", "\"\xe2\"");
	EXPECT_TEXT(*state, "\xe2\x80", "\"\xe2\x80\"");
	EXPECT_TEXT(*state, "\xe2\x80\"", "\"\xe2\x80\\\"\"");
	EXPECT_TEXT(*state, "\xe2\xe2\x80\xa8", "\"\xe2\\u2028\"");
}

static void
invalid_utf8_is_left_as_it_is(void **state)
{
	EXPECT_TEXT(*state, "\x80\xff\xc0\xaf", "\"\x80\xff\xc0\xaf\"");
	EXPECT_TEXT(*state, "\xed\xa0\x80", "\"\xed\xa0\x80\"");
	EXPECT_TEXT(*state, "\xf0\x9f\x98", "\"\xf0\x9f\x98\"");
}

static void
numbers_are_written_to_their_extremes(void **state)
{
	struct fixture *f = *state;
	static const uint64_t whole[] = { 0, 9, 10, UINT64_MAX };
	static const int64_t of_a_sign[] = { 0, -1, INT64_MAX, INT64_MIN };
	static const uint64_t bits[] = { 0, 0x7ff0000000000002, UINT64_MAX,
		0x0123456789abcdef };
	size_t i;

	for (i = 0; i < 4; i++) {
		ndjson_uint(&f->out, whole[i]);
		ndjson_word(&f->out, " ");
		ndjson_int(&f->out, of_a_sign[i]);
		ndjson_word(&f->out, " ");
		ndjson_bits(&f->out, bits[i]);
		ndjson_word(&f->out, "\n");
	}
	assert_int_equal(ndjson_flush(&f->out), 0);
	assert_string_equal(written(f, NULL),
	    "0 0 \"0x0000000000000000\"\n"
	    "9 -1 \"0x7ff0000000000002\"\n"
	    "10 9223372036854775807 \"0xffffffffffffffff\"\n"
	    "18446744073709551615 -9223372036854775808 "
	    "\"0x0123456789abcdef\"\n");
}

static void
nothing_is_written_before_the_buffer_is_full_or_flushed(void **state)
{
	struct fixture *f = *state;
	size_t len, i;

	for (i = 0; i < NDJSON_BUFFER; i++)
		ndjson_raw(&f->out, "x", 1);
	(void)written(f, &len);
	assert_int_equal(len, 0);
	ndjson_raw(&f->out, "y", 1);
	(void)written(f, &len);
	assert_int_equal(len, NDJSON_BUFFER);
	assert_int_equal(ndjson_flush(&f->out), 0);
	assert_int_equal(written(f, &len)[NDJSON_BUFFER], 'y');
	assert_int_equal(len, NDJSON_BUFFER + 1);
}

static void
a_flush_of_nothing_writes_nothing(void **state)
{
	struct fixture *f = *state;
	size_t len;

	assert_int_equal(ndjson_flush(&f->out), 0);
	assert_int_equal(ndjson_flush(&f->out), 0);
	(void)written(f, &len);
	assert_int_equal(len, 0);
}

static void
what_is_larger_than_the_buffer_comes_out_whole(void **state)
{
	struct fixture *f = *state;
	const size_t len = 2 * NDJSON_BUFFER + 12345;
	char *much = malloc(len);
	size_t i, there;

	assert_non_null(much);
	for (i = 0; i < len; i++)
		much[i] = (char)('a' + i % 23);
	ndjson_raw(&f->out, "<", 1);
	ndjson_raw(&f->out, much, len);
	ndjson_raw(&f->out, ">", 1);
	assert_int_equal(ndjson_flush(&f->out), 0);
	(void)written(f, &there);
	assert_int_equal(there, len + 2);
	assert_int_equal(f->written[0], '<');
	assert_memory_equal(f->written + 1, much, len);
	assert_int_equal(f->written[len + 1], '>');
	free(much);
}

static void
an_escape_across_the_end_of_the_buffer_is_whole(void **state)
{
	struct fixture *f = *state;
	size_t before, len, i;

	for (before = NDJSON_BUFFER - 8; before <= NDJSON_BUFFER; before++) {
		assert_int_equal(ftruncate(f->out.fd, 0), 0);
		assert_int_equal(lseek(f->out.fd, 0, SEEK_SET), 0);
		for (i = 0; i < before; i++)
			ndjson_raw(&f->out, ".", 1);
		put_text(f, "\x01\xe2\x80\xa8", 4);
		assert_int_equal(ndjson_flush(&f->out), 0);
		(void)written(f, &len);
		assert_int_equal(len, before + 14);
		assert_string_equal(f->written + before, "\"\\u0001\\u2028\"");
	}
}

static void
a_full_device_is_told_and_stays_told(void **state)
{
	struct fixture *f = *state;

	(void)close(f->out.fd);
	f->out.fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_true(f->out.fd >= 0);
	ndjson_word(&f->out, "lost");
	assert_int_equal(f->out.error, 0);
	assert_int_equal(ndjson_flush(&f->out), -1);
	assert_int_equal(f->out.error, ENOSPC);
	errno = 0;
	assert_int_equal(ndjson_flush(&f->out), -1);
	assert_int_equal(f->out.error, ENOSPC);
}

static void
a_failure_while_writing_is_told_by_the_flush(void **state)
{
	struct fixture *f = *state;
	size_t i;

	(void)close(f->out.fd);
	f->out.fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_true(f->out.fd >= 0);
	for (i = 0; i < 3 * NDJSON_BUFFER; i++)
		ndjson_raw(&f->out, "x", 1);
	assert_int_equal(f->out.error, ENOSPC);
	assert_int_equal(ndjson_flush(&f->out), -1);
}

static void
after_a_failure_nothing_more_is_written(void **state)
{
	struct fixture *f = *state;
	int good = f->out.fd;
	size_t len;

	f->out.fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_true(f->out.fd >= 0);
	ndjson_word(&f->out, "lost");
	assert_int_equal(ndjson_flush(&f->out), -1);
	(void)close(f->out.fd);
	f->out.fd = good;
	ndjson_word(&f->out, "late");
	assert_int_equal(ndjson_flush(&f->out), -1);
	(void)written(f, &len);
	assert_int_equal(len, 0);
}

static void
a_closed_pipe_is_told(void **state)
{
	struct fixture *f = *state;
	int ends[2];

	(void)close(f->out.fd);
	(void)signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(ends), 0);
	(void)close(ends[0]);
	f->out.fd = ends[1];
	ndjson_word(&f->out, "lost");
	assert_int_equal(ndjson_flush(&f->out), -1);
	assert_int_equal(f->out.error, EPIPE);
}

/* Read the pipe ${arg} to its end; return how many bytes that were. */
static void *
swallow(void *arg)
{
	const int *fd = arg;
	static char data[4096];
	static size_t total;
	ssize_t n;

	total = 0;
	while ((n = read(*fd, data, sizeof(data))) > 0) {
		total += (size_t)n;
		(void)usleep(100);
	}
	return &total;
}

static void
a_pipe_that_does_not_block_is_waited_for(void **state)
{
	struct fixture *f = *state;
	pthread_t reader;
	int ends[2];
	void *total;
	size_t i;

	(void)close(f->out.fd);
	assert_int_equal(pipe(ends), 0);
	f->out.fd = ends[1];
	assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(pthread_create(&reader, NULL, swallow, &ends[0]), 0);
	for (i = 0; i < NDJSON_BUFFER; i++)
		ndjson_raw(&f->out, "x", 1);
	assert_int_equal(ndjson_flush(&f->out), 0);
	(void)close(ends[1]);
	f->out.fd = -1;
	assert_int_equal(pthread_join(reader, &total), 0);
	assert_int_equal(*(size_t *)total, NDJSON_BUFFER);
	(void)close(ends[0]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(text_is_put_in_quotes),
		TEST(quotes_and_backslashes_are_escaped),
		TEST(every_byte_below_0x20_is_escaped),
		TEST(del_and_what_is_above_are_written_as_they_are),
		TEST(line_separators_are_escaped_wherever_they_are),
		TEST(neighbours_of_the_line_separators_are_not_escaped),
		TEST(a_line_separator_cut_short_is_left_as_it_is),
		TEST(invalid_utf8_is_left_as_it_is),
		TEST(numbers_are_written_to_their_extremes),
		TEST(nothing_is_written_before_the_buffer_is_full_or_flushed),
		TEST(a_flush_of_nothing_writes_nothing),
		TEST(what_is_larger_than_the_buffer_comes_out_whole),
		TEST(an_escape_across_the_end_of_the_buffer_is_whole),
		TEST(a_full_device_is_told_and_stays_told),
		TEST(a_failure_while_writing_is_told_by_the_flush),
		TEST(after_a_failure_nothing_more_is_written),
		TEST(a_closed_pipe_is_told),
		TEST(a_pipe_that_does_not_block_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
