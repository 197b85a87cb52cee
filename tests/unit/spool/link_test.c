/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/stat.h>

#include "agent/spool/link.h"
#include "tests/unit/base/lazy.h"
#include "tests/unit/spool/scratch.h"

/* How the next link is refused; 0: it is not. */
static int refusal;

int __real_linkat(
    int olddir, const char *old, int newdir, const char *new, int flags);
int __wrap_linkat(
    int olddir, const char *old, int newdir, const char *new, int flags);

int
__wrap_linkat(
    int olddir, const char *old, int newdir, const char *new, int flags)
{
	if (refusal == 0)
		return __real_linkat(olddir, old, newdir, new, flags);
	errno = refusal;
	return -1;
}

/* A log of one segment, and a way to hold it. */
struct fixture {
	struct scratch wal, spool;
	struct lazy lazy;
	struct spool_way *way;
	struct spool_file file;
};

static const struct spool_name name = { 3, 7 };

static int
set_up(void **state)
{
	static struct fixture fixture;
	struct fixture *f = &fixture;

	refusal = 0;
	lazy_init(&f->lazy);
	scratch_open(&f->wal);
	scratch_open(&f->spool);
	scratch_write(&f->wal, "00000007", "segment");
	f->way = link_way_new(dup(f->spool.dir), &f->lazy.worker);
	assert_non_null(f->way);
	f->file = (struct spool_file){
		.dir = f->wal.path,
		.file = "00000007",
		.fd = openat(f->wal.dir, "00000007", O_RDONLY | O_CLOEXEC),
	};
	assert_int_not_equal(f->file.fd, -1);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	f->way->free(f->way);
	lazy_work(&f->lazy);
	(void)close(f->file.fd);
	scratch_close(&f->wal);
	scratch_close(&f->spool);
	return 0;
}

static nlink_t
links(const struct fixture *f)
{
	struct stat st;

	assert_int_equal(fstat(f->file.fd, &st), 0);
	return st.st_nlink;
}

static void
what_is_held_outlives_its_name(void **state)
{
	struct fixture *f = *state;
	char text[8] = "";
	dev_t device = 0;
	int a, b;

	assert_string_equal(f->way->mode, "link");
	assert_int_equal(f->way->open(f->way, &name), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(f->way->hold(f->way, &name, &f->file), 0);
	assert_true(scratch_has(&f->spool, "3-7"));
	assert_int_equal(f->way->pinned(f->way, &name, &device), 0);
	assert_int_equal(unlinkat(f->wal.dir, "00000007", 0), 0);
	assert_true(f->way->pinned(f->way, &name, &device) > 0);
	assert_int_not_equal(device, 0);
	a = f->way->open(f->way, &name);
	b = f->way->open(f->way, &name);
	assert_int_equal(read(a, text, 7), 7);
	assert_string_equal(text, "segment");
	assert_int_equal(lseek(b, 0, SEEK_CUR), 0);
	assert_int_equal(fcntl(b, F_GETFL) & O_ACCMODE, O_RDONLY);
	(void)close(a);
	(void)close(b);
	f->way->let_go(f->way, &name);
	assert_int_equal(links(f), 0);
	f->way->let_go(f->way, &name);
}

static void
nothing_of_the_file_is_changed(void **state)
{
	struct fixture *f = *state;
	struct stat before, after;

	assert_int_equal(fchmod(f->file.fd, 0444), 0);
	assert_int_equal(fstat(f->file.fd, &before), 0);
	assert_int_equal(f->way->hold(f->way, &name, &f->file), 0);
	assert_int_equal(links(f), 2);
	f->way->let_go(f->way, &name);
	assert_int_equal(fstat(f->file.fd, &after), 0);
	assert_int_equal(after.st_nlink, 1);
	assert_int_equal(after.st_mode, before.st_mode);
	assert_int_equal(after.st_uid, before.st_uid);
	assert_int_equal(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
}

static void
another_file_in_its_place_is_not_held(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(unlinkat(f->wal.dir, "00000007", 0), 0);
	assert_int_equal(f->way->hold(f->way, &name, &f->file), -1);
	assert_int_equal(errno, ENOENT);
	scratch_write(&f->wal, "00000007", "another");
	assert_int_equal(f->way->hold(f->way, &name, &f->file), -1);
	assert_int_equal(errno, ENOENT);
	assert_false(scratch_has(&f->spool, "3-7"));
}

static void
what_has_its_name_from_before_gives_way(void **state)
{
	struct fixture *f = *state;

	scratch_write(&f->spool, "3-7", "stale");
	assert_int_equal(f->way->hold(f->way, &name, &f->file), 0);
	assert_int_equal(links(f), 2);
}

static void
a_link_to_elsewhere_is_not_followed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(symlinkat("/etc/passwd", f->spool.dir, "3-7"), 0);
	assert_int_equal(f->way->open(f->way, &name), -1);
	assert_int_equal(errno, ELOOP);
}

/* How file systems refuse links, as far as one can tell. */
static void
what_the_kernel_refuses_is_not_held(void **state)
{
	static const int errors[] = { EPERM, EXDEV, ENOSPC, EMFILE, EMLINK,
		EACCES, EROFS };
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		refusal = errors[i];
		assert_int_equal(f->way->hold(f->way, &name, &f->file), -1);
		assert_int_equal(errno, errors[i]);
		assert_int_equal(
		    link_try(f->spool.dir, f->wal.path, "00000007"), -1);
		assert_int_equal(errno, errors[i]);
	}
	refusal = 0;
	assert_int_equal(link_try(f->spool.dir, f->wal.path, "00000007"), 0);
	assert_false(scratch_has(&f->spool, LINK_TRIAL));
	assert_int_equal(link_try(f->spool.dir, f->wal.path, "00000008"), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(links(f), 1);
}

static void
count(void *arg, const struct spool_name *found)
{
	assert_int_equal(found->generation, name.generation);
	assert_int_equal(found->number, name.number);
	(*(int *)arg)++;
}

static void
what_is_held_is_known_to_the_next_life(void **state)
{
	struct fixture *f = *state;
	int found = 0;

	scratch_write(&f->spool, "README", "not ours");
	assert_int_equal(f->way->hold(f->way, &name, &f->file), 0);
	f->way->free(f->way);
	f->way = link_way_new(dup(f->spool.dir), &f->lazy.worker);
	assert_int_equal(f->way->list(f->way, count, &found), 0);
	assert_int_equal(found, 1);
	assert_true(scratch_has(&f->spool, "README"));
}

int
main(void)
{
#define TEST(name_) cmocka_unit_test_setup_teardown(name_, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(what_is_held_outlives_its_name),
		TEST(nothing_of_the_file_is_changed),
		TEST(another_file_in_its_place_is_not_held),
		TEST(what_has_its_name_from_before_gives_way),
		TEST(a_link_to_elsewhere_is_not_followed),
		TEST(what_the_kernel_refuses_is_not_held),
		TEST(what_is_held_is_known_to_the_next_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
