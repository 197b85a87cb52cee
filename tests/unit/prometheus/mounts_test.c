/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "agent/prometheus/mounts.h"
#include "tests/unit/prometheus/tree.h"

static const char host[] =
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "30 22 8:17 / /mnt/data\\040disk rw - ext4 /dev/sdb1 rw\n"
    "31 22 0:50 / /var/lib/docker/overlay2/abc/merged rw - overlay x rw\n"
    "32 22 0:4 net:[4026532281] /run/netns/x rw - nsfs nsfs rw\n";

static const char container[] =
    "100 90 0:50 / / rw - overlay overlay rw\n"
    "101 100 8:1 /var/lib/docker/volumes/v/_data /prometheus rw - ext4 x rw\n"
    "102 100 8:17 /tsdb /data rw - ext4 /dev/sdb1 rw\n"
    "103 100 0:99 / /tmpfs rw - tmpfs tmpfs rw\n";

static struct mounts ours, theirs;

static void
parse(struct mounts *mounts, const char *text)
{
	char *copy = strdup(text);

	assert_non_null(copy);
	assert_int_equal(mounts_parse(mounts, copy), 0);
	free(copy);
}

static int
setup(void **state)
{
	(void)state;
	parse(&ours, host);
	parse(&theirs, container);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	mounts_release(&ours);
	mounts_release(&theirs);
	return 0;
}

static bool
any(void *arg, const char *path)
{
	(void)path;
	(*(int *)arg)++;
	return true;
}

static bool
none(void *arg, const char *path)
{
	(void)path;
	(*(int *)arg)++;
	return false;
}

/* Where we find what is ${path} to the container; or "nowhere". */
static const char *
where(const char *path)
{
	static char ret[PATH_MAX];
	int asked = 0;

	return mounts_translate(&theirs, path, &ours, ret, any, &asked)
	    ? ret
	    : "nowhere";
}

static void
test_a_volume_is_a_directory_of_ours(void **state)
{
	(void)state;
	assert_string_equal(
	    where("/prometheus"), "/var/lib/docker/volumes/v/_data");
	assert_string_equal(
	    where("/prometheus/a/b"), "/var/lib/docker/volumes/v/_data/a/b");
}

static void
test_a_disk_of_its_own_has_another_place(void **state)
{
	(void)state;
	assert_string_equal(where("/data/wal"), "/mnt/data disk/tsdb/wal");
}

static void
test_the_layer_of_the_container_is_mounted_here_as_well(void **state)
{
	(void)state;
	assert_string_equal(where("/etc/prometheus.yml"),
	    "/var/lib/docker/overlay2/abc/merged/etc/prometheus.yml");
	/* A name that only begins alike is not in the mount. */
	assert_string_equal(where("/prometheus2"),
	    "/var/lib/docker/overlay2/abc/merged/prometheus2");
}

static void
test_what_is_mounted_there_alone_is_nowhere(void **state)
{
	(void)state;
	assert_string_equal(where("/tmpfs/x"), "nowhere");
}

static void
test_a_path_that_does_not_fit_is_not_taken(void **state)
{
	char ret[PATH_MAX];
	int asked = 0;

	(void)state;
	assert_false(
	    mounts_translate(&theirs, "/prometheus", &ours, ret, none, &asked));
	assert_int_equal(asked, 1);
}

static void
test_the_last_mount_at_a_place_counts(void **state)
{
	(void)state;
	parse(&theirs, "110 100 8:17 /later /data rw - ext4 /dev/sdb1 rw\n");
	assert_string_equal(where("/data"), "/mnt/data disk/later");
}

static void
test_lines_that_are_none_are_left_out(void **state)
{
	struct mounts mounts = { 0 };

	(void)state;
	parse(&mounts,
	    "\n1 2\n1 2 x:y / / rw\n1 2 8:1 a b c\n1 2 8:1 /a\\134\\9 /b\n");
	assert_int_equal(mounts.len, 1);
	assert_string_equal(mounts.list[0].root, "/a\\\\9");
	mounts_release(&mounts);
}

static void
test_no_more_than_the_bound_are_kept(void **state)
{
	struct mounts mounts = { 0 };
	static const char line[] = "1 2 8:1 / /b x\n";
	size_t i, len = strlen(line);
	char *text = malloc((MOUNTS_MAX + 10) * len + 1);

	(void)state;
	assert_non_null(text);
	for (i = 0; i < MOUNTS_MAX + 10; i++)
		memcpy(text + i * len, line, len + 1);
	assert_int_equal(mounts_parse(&mounts, text), 0);
	assert_int_equal(mounts.len, MOUNTS_MAX);
	free(text);
	mounts_release(&mounts);
}

static void
test_reads_a_file(void **state)
{
	struct mounts mounts = { 0 };
	struct tree tree;

	(void)state;
	tree_open(&tree);
	tree_write(&tree, "mountinfo", host, strlen(host));
	assert_int_equal(
	    mounts_read(&mounts, tree_path(&tree, "mountinfo")), 0);
	assert_int_equal(mounts.len, 3);
	mounts_release(&mounts);
	assert_int_equal(mounts_read(&mounts, tree_path(&tree, "none")), -1);
	assert_int_equal(errno, ENOENT);
	tree_close(&tree);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_a_volume_is_a_directory_of_ours),
		TEST(test_a_disk_of_its_own_has_another_place),
		TEST(test_the_layer_of_the_container_is_mounted_here_as_well),
		TEST(test_what_is_mounted_there_alone_is_nowhere),
		TEST(test_a_path_that_does_not_fit_is_not_taken),
		TEST(test_the_last_mount_at_a_place_counts),
		TEST(test_lines_that_are_none_are_left_out),
		TEST(test_no_more_than_the_bound_are_kept),
		TEST(test_reads_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
