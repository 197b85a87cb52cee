/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "agent/spool/copy.h"
#include "tests/unit/base/lazy.h"

#define NAME "1-17"
#define SIZE (2 * COPY_SLICE + 12345)

/* What the kernel is made to say. */
static struct {
	bool no_clone, no_range;
	bool no_sync;
	uint64_t left; /* Bytes on the disk; 0: as it says. */
	unsigned int cloned, moved;
} kernel;

int __real_ioctl(int fd, unsigned long request, void *arg);
int __wrap_ioctl(int fd, unsigned long request, void *arg);
int
__wrap_ioctl(int fd, unsigned long request, void *arg)
{
	if (request == FICLONE && kernel.no_clone) {
		errno = EOPNOTSUPP;
		return -1;
	}
	kernel.cloned += request == FICLONE;
	return __real_ioctl(fd, request, arg);
}

ssize_t __real_copy_file_range(int from, off_t *from_at, int to, off_t *to_at,
    size_t len, unsigned int flags);
ssize_t __wrap_copy_file_range(int from, off_t *from_at, int to, off_t *to_at,
    size_t len, unsigned int flags);
ssize_t
__wrap_copy_file_range(int from, off_t *from_at, int to, off_t *to_at,
    size_t len, unsigned int flags)
{
	kernel.moved++;
	if (kernel.no_range) {
		errno = EXDEV;
		return -1;
	}
	return __real_copy_file_range(from, from_at, to, to_at, len, flags);
}

int __real_fstatvfs(int fd, struct statvfs *ret);
int __wrap_fstatvfs(int fd, struct statvfs *ret);
int
__wrap_fstatvfs(int fd, struct statvfs *ret)
{
	int result = __real_fstatvfs(fd, ret);

	if (kernel.left != 0) {
		ret->f_frsize = 1;
		ret->f_bavail = kernel.left;
	}
	return result;
}

int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int
__wrap_fdatasync(int fd)
{
	if (!kernel.no_sync)
		return __real_fdatasync(fd);
	errno = EIO;
	return -1;
}

/* A file, a directory to copy it to, and how that goes. */
struct bench {
	char root[64];
	int dir, from;
	struct lazy lazy;
	struct copy *copy;
	unsigned int told;
	int error;
};

static int
set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	if (bench == NULL)
		return -1;
	memset(&kernel, 0, sizeof(kernel));
	lazy_init(&bench->lazy);
	(void)snprintf(bench->root, sizeof(bench->root), "/tmp/copy.XXXXXX");
	if (mkdtemp(bench->root) == NULL)
		return -1;
	bench->dir = open(bench->root, O_RDONLY | O_DIRECTORY);
	bench->from =
	    openat(bench->dir, "from", O_RDWR | O_CREAT | O_TRUNC, 0600);
	*state = bench;
	return bench->dir == -1 || bench->from == -1 ? -1 : 0;
}

static int
tear_down(void **state)
{
	struct bench *bench = *state;

	lazy_work(&bench->lazy);
	(void)unlinkat(bench->dir, "from", 0);
	(void)unlinkat(bench->dir, NAME, 0);
	(void)unlinkat(bench->dir, NAME COPY_SUFFIX, 0);
	(void)close(bench->from);
	(void)close(bench->dir);
	(void)rmdir(bench->root);
	free(bench);
	return 0;
}

/* What byte ${at} of the file is. */
static char
byte_at(size_t at)
{
	return (char)(at * 7 + (at >> 12));
}

static void
fill(struct bench *bench, size_t size)
{
	char *data = malloc(size + 1);
	size_t i;

	assert_non_null(data);
	for (i = 0; i < size; i++)
		data[i] = byte_at(i);
	assert_int_equal(pwrite(bench->from, data, size, 0), size);
	free(data);
}

static void
done(void *arg, int error)
{
	struct bench *bench = arg;

	bench->told++;
	bench->error = error;
	copy_free(bench->copy);
	bench->copy = NULL;
}

static void
begin(struct bench *bench, uint64_t min_free)
{
	bench->copy = copy_new(&(struct copy_options){
	    .worker = &bench->lazy.worker,
	    .from = bench->from,
	    .dir = bench->dir,
	    .name = NAME,
	    .reserve.bytes = min_free,
	    .done = done,
	    .arg = bench,
	});
	assert_non_null(bench->copy);
}

/* Have the worker do one job. */
static void
step(struct bench *bench)
{
	struct worker_job *job = bench->lazy.first;

	assert_non_null(job);
	assert_null(job->next);
	bench->lazy.first = bench->lazy.last = NULL;
	job->work(job->arg);
	job->done(job->arg);
}

static bool
exists(const struct bench *bench, const char *name)
{
	return faccessat(bench->dir, name, F_OK, 0) == 0;
}

/* That the copy is the first ${size} bytes of the file, and read-write for us
   alone. */
static void
assert_whole(const struct bench *bench, size_t size)
{
	char *data = malloc(size + 1);
	int fd = openat(bench->dir, NAME, O_RDONLY);
	struct stat st;
	size_t i;

	assert_non_null(data);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, size);
	assert_int_equal(read(fd, data, size + 1), size);
	for (i = 0; i < size && data[i] == byte_at(i); i++)
		;
	assert_int_equal(i, size);
	assert_false(exists(bench, NAME COPY_SUFFIX));
	(void)close(fd);
	free(data);
}

/* Copy ${size} bytes and look at them. */
static void
copy_all(struct bench *bench, size_t size)
{
	fill(bench, size);
	begin(bench, 0);
	lazy_work(&bench->lazy);
	assert_int_equal(bench->told, 1);
	assert_int_equal(bench->error, 0);
	assert_whole(bench, size);
}

static void
a_file_is_copied(void **state)
{
	copy_all(*state, SIZE);
}

static void
a_file_is_copied_by_the_kernel(void **state)
{
	kernel.no_clone = true;
	copy_all(*state, SIZE);
	assert_int_not_equal(kernel.moved, 0);
	assert_int_equal(kernel.cloned, 0);
}

static void
a_file_is_copied_where_the_kernel_cannot(void **state)
{
	kernel.no_clone = kernel.no_range = true;
	copy_all(*state, SIZE);
	assert_int_equal(kernel.moved, 1); /* Asked once, not each time. */
}

static void
an_empty_file_is_copied(void **state)
{
	copy_all(*state, 0);
}

static void
a_slice_is_a_job(void **state)
{
	struct bench *bench = *state;

	kernel.no_clone = true;
	copy_all(bench, SIZE);
	/* To begin, three slices, and to end. */
	assert_int_equal(bench->lazy.submitted, 5);
}

static void
what_another_left_half_way_is_written_anew(void **state)
{
	struct bench *bench = *state;
	int fd;

	fd = openat(
	    bench->dir, NAME COPY_SUFFIX, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_int_equal(write(fd, "nonsense", 8), 8);
	assert_int_equal(ftruncate(fd, 100000), 0);
	(void)close(fd);
	copy_all(bench, 5000);
}

static void
both_descriptors_may_be_closed_at_once(void **state)
{
	struct bench *bench = *state;

	fill(bench, 5000);
	begin(bench, 0);
	(void)close(bench->from);
	bench->from = -1;
	lazy_work(&bench->lazy);
	assert_whole(bench, 5000);
}

static void
until_it_is_whole_it_has_not_its_name(void **state)
{
	struct bench *bench = *state;

	kernel.no_clone = true;
	fill(bench, SIZE);
	begin(bench, 0);
	while (bench->copy != NULL) {
		assert_false(exists(bench, NAME));
		step(bench);
	}
	assert_whole(bench, SIZE);
}

static void
what_is_not_for_us_is_left(void **state)
{
	struct bench *bench = *state;

	kernel.no_clone = true;
	kernel.left = 1000 + 2 * COPY_SLICE; /* It does not shrink here. */
	fill(bench, SIZE);
	begin(bench, 1001 + COPY_SLICE);
	lazy_work(&bench->lazy);
	assert_int_equal(bench->told, 1);
	assert_int_equal(bench->error, ENOSPC);
	assert_false(exists(bench, NAME));
	assert_false(exists(bench, NAME COPY_SUFFIX));

	begin(bench, 1000 + COPY_SLICE);
	lazy_work(&bench->lazy);
	assert_int_equal(bench->error, 0);
	assert_whole(bench, SIZE);
}

static void
there_is_no_room_where_less_is_left_than_is_for_others(void **state)
{
	struct bench *bench = *state;

	kernel.no_clone = true;
	kernel.left = 1000;
	fill(bench, 1);
	begin(bench, UINT64_MAX);
	lazy_work(&bench->lazy);
	assert_int_equal(bench->error, ENOSPC);
}

static void
what_may_not_be_on_the_disk_is_no_copy(void **state)
{
	struct bench *bench = *state;

	kernel.no_sync = true;
	fill(bench, 5000);
	begin(bench, 0);
	lazy_work(&bench->lazy);
	assert_int_equal(bench->error, EIO);
	assert_false(exists(bench, NAME));
	assert_false(exists(bench, NAME COPY_SUFFIX));
}

static void
one_that_is_stopped_leaves_nothing(void **state)
{
	struct bench *bench = *state;

	kernel.no_clone = true;
	fill(bench, SIZE);
	begin(bench, 0);
	step(bench);
	step(bench);
	copy_stop(bench->copy);
	assert_int_equal(bench->told, 0);
	lazy_work(&bench->lazy);
	assert_int_equal(bench->told, 1);
	assert_int_equal(bench->error, ECANCELED);
	assert_false(exists(bench, NAME));
	assert_false(exists(bench, NAME COPY_SUFFIX));
}

static void
one_that_is_freed_leaves_nothing_and_is_silent(void **state)
{
	struct bench *bench = *state;

	kernel.no_clone = true;
	fill(bench, SIZE);
	begin(bench, 0);
	step(bench);
	step(bench);
	copy_free(bench->copy);
	lazy_work(&bench->lazy);
	assert_int_equal(bench->told, 0);
	assert_false(exists(bench, NAME));
	assert_false(exists(bench, NAME COPY_SUFFIX));
}

/* A directory that is none of ours may not be led elsewhere. */
static void
a_link_in_place_of_it_is_not_followed(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(symlinkat("from", bench->dir, NAME COPY_SUFFIX), 0);
	assert_int_equal(symlinkat("from", bench->dir, NAME), 0);
	copy_all(bench, 5000);
	assert_true(exists(bench, "from"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(a_file_is_copied),
		TEST(a_file_is_copied_by_the_kernel),
		TEST(a_file_is_copied_where_the_kernel_cannot),
		TEST(an_empty_file_is_copied),
		TEST(a_slice_is_a_job),
		TEST(what_another_left_half_way_is_written_anew),
		TEST(both_descriptors_may_be_closed_at_once),
		TEST(until_it_is_whole_it_has_not_its_name),
		TEST(what_is_not_for_us_is_left),
		TEST(there_is_no_room_where_less_is_left_than_is_for_others),
		TEST(what_may_not_be_on_the_disk_is_no_copy),
		TEST(one_that_is_stopped_leaves_nothing),
		TEST(one_that_is_freed_leaves_nothing_and_is_silent),
		TEST(a_link_in_place_of_it_is_not_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
