/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include <cmocka.h>

#include "tests/unit/wal/scratch.h"
#include "wal/window.h"

#define SIZE 300000u

/* The byte of the test file at ${offset}. */
static uint8_t
byte_at(uint64_t offset)
{
	return (uint8_t)(offset ^ offset >> 8 ^ offset >> 16);
}

static int
file_of(size_t size)
{
	uint8_t *bytes = malloc(SIZE);
	int fd = scratch_file();
	size_t i;

	assert_non_null(bytes);
	for (i = 0; i < SIZE; i++)
		bytes[i] = byte_at(i);
	assert_int_equal(write(fd, bytes, size), (ssize_t)size);
	free(bytes);
	return fd;
}

static void
check(struct wal_window *window, size_t want)
{
	uint64_t at = wal_window_tell(window);
	size_t i;

	assert_int_equal(wal_window_need(window, want), WAL_OK);
	assert_true(wal_window_tell(window) == at);
	for (i = 0; i < want; i++)
		if (wal_window_data(window)[i] != byte_at(at + i))
			fail_msg("byte %zu from %ju", i, (uintmax_t)at);
}

static void
bytes_are_had_forwards_and_back(void **state)
{
	static const uint64_t places[] = { 0, 1, 70000, 69999, 131071, 131072,
		200000, 5, SIZE - WAL_WINDOW_NEED_MAX, 0, 140000, 139999 };
	struct wal_window *window = malloc(sizeof(*window));
	int fd = file_of(SIZE), patient;
	size_t i;

	(void)state;
	assert_non_null(window);
	for (patient = 0; patient < 2; patient++) {
		wal_window_init(window, fd, 3, patient == 1);
		check(window, 10);
		for (i = 0; i < sizeof(places) / sizeof(*places); i++) {
			wal_window_seek(window, places[i]);
			check(window, 1);
			check(window, WAL_WINDOW_NEED_MAX);
		}
	}
	free(window);
	(void)close(fd);
}

static void
every_byte_is_had_step_by_step(void **state)
{
	struct wal_window *window = malloc(sizeof(*window));
	int fd = file_of(SIZE);
	uint64_t at;

	(void)state;
	assert_non_null(window);
	wal_window_init(window, fd, 0, true);
	for (at = 0; at + 7000 <= SIZE; at += 4999) {
		wal_window_seek(window, at);
		check(window, 7000);
	}
	free(window);
	(void)close(fd);
}

static void
the_end_is_told_until_the_file_has_grown(void **state)
{
	struct wal_window *window = malloc(sizeof(*window));
	int fd = file_of(100);
	uint8_t more = byte_at(100);

	(void)state;
	assert_non_null(window);
	wal_window_init(window, fd, 90, false);
	assert_int_equal(wal_window_need(window, 11), WAL_END);
	check(window, 10);
	assert_int_equal(wal_window_need(window, 11), WAL_END);
	assert_int_equal(write(fd, &more, 1), 1);
	check(window, 11);
	wal_window_seek(window, 5000);
	assert_int_equal(wal_window_need(window, 1), WAL_END);
	free(window);
	(void)close(fd);
}

static void
a_read_that_fails_says_why(void **state)
{
	struct wal_window *window = malloc(sizeof(*window));

	(void)state;
	assert_non_null(window);
	wal_window_init(window, -1, 0, true);
	assert_int_equal(wal_window_need(window, 1), WAL_IO);
	assert_int_equal(errno, EBADF);
	window->patient = false;
	assert_int_equal(wal_window_need(window, 1), WAL_IO);
	assert_int_equal(errno, EBADF);
	free(window);
}

/* What preadv2 does, if not what it should. */
static enum { AS_EVER, NOT_IN_MEMORY, NOTHING, UNSUPPORTED } kernel;
static unsigned int asked;

ssize_t __real_preadv2(
    int fd, const struct iovec *iov, int count, off_t offset, int flags);
ssize_t __wrap_preadv2(
    int fd, const struct iovec *iov, int count, off_t offset, int flags);

ssize_t
__wrap_preadv2(
    int fd, const struct iovec *iov, int count, off_t offset, int flags)
{
	asked++;
	switch (kernel) {
	case NOT_IN_MEMORY:
		errno = EAGAIN;
		return -1;
	case NOTHING:
		return 0;
	case UNSUPPORTED:
		errno = EOPNOTSUPP;
		return -1;
	case AS_EVER:
		break;
	}
	return __real_preadv2(fd, iov, count, offset, flags);
}

static void
what_is_not_in_memory_is_waited_for_but_not_for_ever(void **state)
{
	struct wal_window *window = malloc(sizeof(*window));
	int fd = file_of(100);
	unsigned int waits = 0;

	(void)state;
	assert_non_null(window);
	wal_window_init(window, fd, 0, false);
	kernel = NOT_IN_MEMORY;
	assert_int_equal(wal_window_need(window, 10), WAL_WAIT);
	kernel = AS_EVER;
	check(window, 10);
	kernel = NOT_IN_MEMORY;
	wal_window_seek(window, 200);
	wal_window_seek(window, 10);
	while (wal_window_need(window, 10) == WAL_WAIT)
		waits++;
	kernel = AS_EVER;
	check(window, 10);
	assert_in_range(waits, 1000, 100000);
	free(window);
	(void)close(fd);
}

static void
an_end_that_the_kernel_only_claims_is_not_believed(void **state)
{
	struct wal_window *window = malloc(sizeof(*window));
	int fd = file_of(100);

	(void)state;
	assert_non_null(window);
	for (kernel = NOTHING; kernel <= UNSUPPORTED; kernel++) {
		wal_window_init(window, fd, 0, false);
		check(window, 100);
		assert_int_equal(wal_window_need(window, 101), WAL_END);
	}
	kernel = AS_EVER;
	free(window);
	(void)close(fd);
}

static void
with_patience_the_disk_is_waited_for(void **state)
{
	struct wal_window *window = malloc(sizeof(*window));
	int fd = file_of(100);

	(void)state;
	assert_non_null(window);
	asked = 0;
	wal_window_init(window, fd, 0, true);
	check(window, 100);
	assert_int_equal(asked, 0);
	wal_window_init(window, fd, 0, false);
	check(window, 100);
	assert_int_not_equal(asked, 0);
	free(window);
	(void)close(fd);
}

static void
what_lies_elsewhere_is_looked_at_without_going_there(void **state)
{
	struct wal_window *window = malloc(sizeof(*window));
	int fd = file_of(SIZE);
	uint8_t bytes[100];
	size_t i;

	(void)state;
	assert_non_null(window);
	wal_window_init(window, fd, 200000, false);
	check(window, 10);
	assert_int_equal(wal_window_peek(window, 7, bytes, 100), WAL_OK);
	for (i = 0; i < sizeof(bytes); i++)
		assert_int_equal(bytes[i], byte_at(7 + i));
	assert_true(wal_window_tell(window) == 200000);
	check(window, 10);
	assert_int_equal(
	    wal_window_peek(window, SIZE - 99, bytes, 100), WAL_END);
	assert_int_equal(wal_window_peek(window, SIZE, bytes, 1), WAL_END);
	kernel = NOT_IN_MEMORY;
	assert_int_equal(wal_window_peek(window, 7, bytes, 100), WAL_WAIT);
	kernel = AS_EVER;
	free(window);
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_had_forwards_and_back),
		cmocka_unit_test(every_byte_is_had_step_by_step),
		cmocka_unit_test(the_end_is_told_until_the_file_has_grown),
		cmocka_unit_test(a_read_that_fails_says_why),
		cmocka_unit_test(
		    what_is_not_in_memory_is_waited_for_but_not_for_ever),
		cmocka_unit_test(
		    an_end_that_the_kernel_only_claims_is_not_believed),
		cmocka_unit_test(with_patience_the_disk_is_waited_for),
		cmocka_unit_test(
		    what_lies_elsewhere_is_looked_at_without_going_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
