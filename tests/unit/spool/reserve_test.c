/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/statvfs.h>

#include "agent/spool/reserve.h"

static struct statvfs disk;

int __wrap_fstatvfs(int fd, struct statvfs *ret);
int
__wrap_fstatvfs(int fd, struct statvfs *ret)
{
	if (fd == -1) {
		errno = EBADF;
		return -1;
	}
	*ret = disk;
	return 0;
}

/* What is left of a disk of a thousand blocks, ${free} of them free. */
static int64_t
left(uint64_t free, uint64_t bytes, uint32_t percent)
{
	int64_t ret = 0;

	disk.f_frsize = 4096;
	disk.f_blocks = 1000;
	disk.f_bfree = 999999; /* Those for root count for nothing. */
	disk.f_bavail = free;
	assert_int_equal(
	    reserve_left(&(struct reserve){ bytes, percent }, 0, &ret), 0);
	return ret;
}

static void
what_is_free_besides_the_reserve_is_left(void **state)
{
	(void)state;
	assert_int_equal(left(500, 0, 0), 500 * 4096);
	assert_int_equal(left(500, 4096, 0), 499 * 4096);
	assert_int_equal(left(500, 0, 10), 400 * 4096);
	assert_int_equal(left(50, 0, 10), -50 * 4096);
	assert_int_equal(left(0, 0, 100), -1000 * 4096);
}

static void
of_both_the_larger_counts(void **state)
{
	(void)state;
	assert_int_equal(left(500, 4096, 10), 400 * 4096);
	assert_int_equal(left(500, 200 * 4096, 10), 300 * 4096);
}

static void
numbers_without_sense_do_no_harm(void **state)
{
	int64_t ret = 0;

	(void)state;
	assert_true(left(500, UINT64_MAX, 0) < 0);
	assert_true(left(500, 0, UINT32_MAX) < 0);
	disk.f_frsize = 1 << 20;
	disk.f_blocks = disk.f_bavail = UINT64_MAX;
	assert_int_equal(
	    reserve_left(&(struct reserve){ 4096, 10 }, 0, &ret), 0);
	assert_true(ret > 0);
}

static void
a_disk_that_does_not_answer_is_told(void **state)
{
	int64_t ret = 7;

	(void)state;
	assert_int_equal(reserve_left(&(struct reserve){ 0 }, -1, &ret), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(ret, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_free_besides_the_reserve_is_left),
		cmocka_unit_test(of_both_the_larger_counts),
		cmocka_unit_test(numbers_without_sense_do_no_harm),
		cmocka_unit_test(a_disk_that_does_not_answer_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
