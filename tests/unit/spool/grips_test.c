/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/spool/grips.h"
#include "tests/unit/base/lazy.h"
#include "tests/unit/spool/manager.h"

static struct lazy lazy;

static int
set_up(void **state)
{
	static struct grips grips;

	lazy_init(&lazy);
	(void)unsetenv("NOTIFY_SOCKET");
	log_init(LOG_ERROR, LOG_LOGFMT);
	*state = &grips;
	return grips_init(&grips, &lazy.worker);
}

static int
tear_down(void **state)
{
	grips_release(*state);
	lazy_work(&lazy);
	return 0;
}

static int
a_file(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_int_not_equal(fd, -1);
	return fd;
}

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

static void
they_are_kept_by_name(void **state)
{
	struct grips *grips = *state;
	const struct spool_name names[] = {
		{ 1, 18 },
		{ 1, 17 },
		{ 2, 3 },
		{ 1, 200 },
		{ 0, 5 },
	};
	const uint64_t order[] = { 5, 17, 18, 200, 3 };
	size_t i;

	for (i = 0; i < 5; i++)
		assert_non_null(grips_add(grips, &names[i]));
	assert_int_equal(grips->len, 5);
	for (i = 0; i < 5; i++) {
		assert_int_equal(grips->list[i].name.number, order[i]);
		assert_int_equal(grips->list[i].fd, -1);
		assert_ptr_equal(
		    grips_find(grips, &grips->list[i].name), &grips->list[i]);
		assert_int_equal(grips_is_last(grips, &grips->list[i]), i == 4);
	}
	assert_null(grips_find(grips, &(struct spool_name){ 1, 19 }));
	assert_null(grips_find(grips, &(struct spool_name){ 3, 0 }));
	assert_ptr_equal(grips_add(grips, &names[0]), &grips->list[2]);
	assert_int_equal(grips->len, 5);
}

static void
descriptors_are_counted_and_closed(void **state)
{
	struct grips *grips = *state;
	int a = a_file(), b = a_file(), c = a_file();
	struct grip *grip;

	grips_open(
	    grips, grips_add(grips, &(struct spool_name){ 1, 1 }), a, false);
	grips_open(
	    grips, grips_add(grips, &(struct spool_name){ 1, 2 }), b, false);
	grips_open(
	    grips, grips_add(grips, &(struct spool_name){ 1, 3 }), c, false);
	assert_int_equal(grips->open, 3);

	grip = grips_find(grips, &(struct spool_name){ 1, 2 });
	grips_close(grips, grip);
	assert_true(is_open(b)); /* The worker closes it. */
	lazy_work(&lazy);
	assert_false(is_open(b));
	grips_close(grips, grip);
	assert_int_equal(grips->open, 2);

	grips_remove(grips, grips_find(grips, &(struct spool_name){ 1, 1 }));
	lazy_work(&lazy);
	assert_false(is_open(a));
	assert_int_equal(grips->open, 1);
	assert_int_equal(grips->len, 2);

	grips_release(grips);
	assert_false(is_open(c));
	assert_int_equal(grips_init(grips, &lazy.worker), 0);
}

/* With a manager that takes two. */
static void
what_the_store_has_no_room_for_is_put_there_when_it_has(void **state)
{
	struct grips *grips = *state;
	struct manager manager;
	char text[MANAGER_TEXT_MAX];
	uint64_t i;

	grips_release(grips);
	manager_open(&manager, "2");
	assert_int_equal(grips_init(grips, &lazy.worker), 0);
	for (i = 1; i <= 4; i++)
		grips_open(grips,
		    grips_add(grips, &(struct spool_name){ 1, i }), a_file(),
		    false);
	assert_true(grips->list[0].stored);
	assert_true(grips->list[1].stored);
	assert_false(grips->list[2].stored);
	manager_hear(&manager, text);
	manager_hear(&manager, text);
	assert_string_equal(text, "FDSTORE=1\nFDPOLL=0\nFDNAME=wal-1-2");

	grips_remove(grips, &grips->list[2]); /* It was not in the store. */
	manager_hear(&manager, text);
	assert_string_equal(text, "");
	grips_remove(grips, &grips->list[0]);
	manager_hear(&manager, text);
	assert_string_equal(text, "FDSTOREREMOVE=1\nFDNAME=wal-1-1");
	manager_hear(&manager, text);
	assert_string_equal(text, "FDSTORE=1\nFDPOLL=0\nFDNAME=wal-1-4");
	assert_true(grips->list[1].stored);
	manager_close(&manager);
}

static void
what_the_store_has_is_not_put_there_again(void **state)
{
	struct grips *grips = *state;
	struct manager manager;
	char text[MANAGER_TEXT_MAX];

	grips_release(grips);
	manager_open(&manager, "2");
	assert_int_equal(grips_init(grips, &lazy.worker), 0);
	grips_open(grips, grips_add(grips, &(struct spool_name){ 1, 1 }),
	    a_file(), true);
	manager_hear(&manager, text);
	assert_string_equal(text, "");
	/* And it stays there when we go. */
	grips_release(grips);
	manager_hear(&manager, text);
	assert_string_equal(text, "");
	assert_int_equal(grips_init(grips, &lazy.worker), 0);
	manager_close(&manager);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(they_are_kept_by_name),
		TEST(descriptors_are_counted_and_closed),
		TEST(what_the_store_has_no_room_for_is_put_there_when_it_has),
		TEST(what_the_store_has_is_not_put_there_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
