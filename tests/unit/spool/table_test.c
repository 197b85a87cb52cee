/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "agent/spool/table.h"

#define SIGHTS_MAX 16

/* A directory: its segments, each a number and the file that it is. */
struct view {
	struct spool_sight sights[SIGHTS_MAX];
	size_t len;
	struct spool_checkpoint checkpoint;
};

static void
put(struct view *view, uint64_t number, ino_t inode)
{
	view->sights[view->len++] = (struct spool_sight){
		.number = number,
		.device = 1,
		.inode = inode,
		.first = { 7, (uint32_t)inode },
		.written = (int64_t)inode * 1000,
	};
}

/* The segments from ${first} to ${last}, whose inodes are ${inode} more. */
static struct view
row(uint64_t first, uint64_t last, ino_t inode)
{
	struct view view = { .len = 0 };

	for (; first <= last; first++)
		put(&view, first, inode + first);
	return view;
}

static int
see(struct spool_table *table, const struct view *view)
{
	return spool_table_see(table,
	    &(struct spool_view){ view->sights, view->len, view->checkpoint });
}

/* Have all be held. */
static void
hold_all(struct spool_table *table)
{
	size_t i;

	for (i = 0; i < table->len; i++)
		table->segments[i].held = true;
}

/* The segments of ${generation}, as "0-4 1-5". */
static const char *
of(const struct spool_table *table, uint64_t generation)
{
	static char text[256];
	char name[SPOOL_NAME_MAX];
	size_t i, len = 0;

	text[0] = '\0';
	for (i = 0; i < table->len; i++) {
		if (!spool_table_is_of(&table->segments[i], generation))
			continue;
		spool_name_format(&table->segments[i].name, name);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
		    len > 0 ? " " : "", name);
	}
	return text;
}

static void
a_log_that_goes_on_is_one_generation(void **state)
{
	struct spool_table table = { 0 };
	struct view view = row(4, 6, 100);

	(void)state;
	assert_int_equal(see(&table, &view), 0);
	assert_int_equal(see(&table, &view), 0);
	view = row(5, 8, 100);
	assert_int_equal(see(&table, &view), 0);
	assert_string_equal(of(&table, 0), "0-4 0-5 0-6 0-7 0-8");
	assert_false(table.segments[0].there);
	assert_true(table.segments[1].there);
	assert_int_equal(table.generation, 0);
	assert_int_equal(table.next, 9);
	assert_true(spool_table_is_growing(&table, &table.segments[4]));
	assert_false(spool_table_is_growing(&table, &table.segments[3]));
	assert_ptr_equal(spool_table_at(&table, 0, 6), &table.segments[2]);
	assert_null(spool_table_at(&table, 0, 9));
	assert_null(spool_table_at(&table, 1, 3));
	spool_table_release(&table);
}

static void
what_grows_is_known_when_it_has_something_in_it(void **state)
{
	struct spool_table table = { 0 };
	struct view view = row(4, 4, 100);

	(void)state;
	view.sights[0].first = (struct wal_content){ 0 };
	assert_int_equal(see(&table, &view), 0);
	assert_int_equal(table.segments[0].first.len, 0);
	view = row(4, 4, 100);
	view.sights[0].written = 5;
	assert_int_equal(see(&table, &view), 0);
	assert_int_equal(table.segments[0].first.crc, 104);
	assert_int_equal(table.segments[0].written, 5);
	/* Nobody forgets what was known. */
	view.sights[0].first = (struct wal_content){ 0 };
	assert_int_equal(see(&table, &view), 0);
	assert_int_equal(table.segments[0].first.crc, 104);
	spool_table_release(&table);
}

static void
another_file_of_a_number_closes_the_generation(void **state)
{
	struct spool_table table = { 0 };
	struct view view = row(2, 6, 100);

	(void)state;
	(void)see(&table, &view);
	hold_all(&table);
	view = row(3, 6, 100); /* 2 was deleted, */
	(void)see(&table, &view);
	view = row(3, 4, 100); /* and then 5 is repaired. */
	put(&view, 5, 205);
	put(&view, 6, 206);
	assert_int_equal(see(&table, &view), 1);
	assert_int_equal(table.generation, 1);
	assert_string_equal(of(&table, 0), "0-2 0-3 0-4 0-5 0-6");
	assert_string_equal(of(&table, 1), "0-3 0-4 1-5 1-6");
	assert_int_equal(spool_table_common(&table, 0, 1), 5);
	assert_int_equal(spool_table_common(&table, 1, 1), 7);
	assert_int_equal(spool_table_at(&table, 0, 5)->inode, 105);
	assert_int_equal(spool_table_at(&table, 1, 5)->inode, 205);
	assert_int_equal(see(&table, &view), 0);
	spool_table_release(&table);
}

static void
numbers_that_go_back_close_the_generation(void **state)
{
	struct spool_table table = { 0 };
	struct view view = row(7, 9, 100);

	(void)state;
	(void)see(&table, &view);
	hold_all(&table);
	view = row(0, 0, 200);
	assert_int_equal(see(&table, &view), 1);
	assert_string_equal(of(&table, 0), "0-7 0-8 0-9");
	assert_string_equal(of(&table, 1), "1-0");
	assert_int_equal(spool_table_common(&table, 0, 1), 0);
	assert_int_equal(table.next, 1);
	/* Also if nothing was kept of what had that number. */
	view = row(0, 5, 200);
	(void)see(&table, &view);
	view = row(5, 5, 200);
	(void)see(&table, &view);
	spool_table_sweep(&table);
	view = row(3, 3, 300);
	assert_int_equal(see(&table, &view), 1);
	assert_string_equal(of(&table, 2), "2-3");
	spool_table_release(&table);
}

static void
a_directory_that_is_empty_for_a_while_closes_nothing(void **state)
{
	struct spool_table table = { 0 };
	struct view view = row(7, 9, 100), empty = { .len = 0 };

	(void)state;
	assert_int_equal(see(&table, &empty), 0);
	(void)see(&table, &view);
	assert_int_equal(see(&table, &empty), 0);
	assert_false(table.segments[0].there);
	assert_int_equal(see(&table, &view), 0);
	assert_true(table.segments[0].there);
	spool_table_release(&table);
}

/* A file system may give the number of an inode anew. */
static void
another_content_is_another_file(void **state)
{
	struct spool_table table = { 0 };
	struct view view = row(0, 0, 100);

	(void)state;
	(void)see(&table, &view);
	view.sights[0].first.crc++;
	assert_int_equal(see(&table, &view), 1);
	assert_string_equal(of(&table, 1), "1-0");
	spool_table_release(&table);
}

/* What an earlier life saw is known by its content. */
static void
what_was_not_seen_in_this_life_is_known_by_its_content(void **state)
{
	struct spool_table table = { 0 };
	struct view view = row(4, 5, 100);

	(void)state;
	(void)see(&table, &view);
	table.segments[0].seen = table.segments[1].seen = false;
	view.sights[0].inode = view.sights[1].inode = 9;
	assert_int_equal(see(&table, &view), 0);
	table.segments[0].seen = false;
	view.sights[0].first.crc++;
	assert_int_equal(see(&table, &view), 1);
	spool_table_release(&table);
}

static void
what_is_neither_held_nor_there_is_swept_out(void **state)
{
	struct spool_table table = { 0 };
	struct view view = row(4, 7, 100);

	(void)state;
	(void)see(&table, &view);
	table.segments[1].held = true;
	view = row(7, 7, 100);
	(void)see(&table, &view);
	spool_table_sweep(&table);
	assert_string_equal(of(&table, 0), "0-5 0-7");
	assert_null(spool_table_find(&table, &(struct spool_name){ 0, 4 }));
	assert_int_equal(
	    spool_table_find(&table, &(struct spool_name){ 0, 5 })->inode, 105);
	spool_table_release(&table);
}

/* The log from 7 on, behind checkpoint 6, gives way to one from ${first} on. */
static uint64_t
common_after(uint64_t first, const struct spool_checkpoint *checkpoint)
{
	struct spool_table table = { 0 };
	struct view view = row(7, 9, 100);
	uint64_t common;

	view.checkpoint = (struct spool_checkpoint){ 6, { 30, 7 } };
	(void)see(&table, &view);
	view = row(first, first + 1, 200);
	view.checkpoint = *checkpoint;
	assert_int_equal(see(&table, &view), 1);
	common = spool_table_common(&table, 0, 1);
	assert_int_equal(spool_table_common(&table, 1, 0), common);
	spool_table_release(&table);
	return common;
}

static void
what_a_checkpoint_covers_is_of_both_if_it_stays(void **state)
{
	(void)state;
	assert_int_equal(
	    common_after(7, &(struct spool_checkpoint){ 6, { 30, 7 } }), 7);
	/* Another one, of another number or content, or none. */
	assert_int_equal(
	    common_after(7, &(struct spool_checkpoint){ 6, { 30, 8 } }), 0);
	assert_int_equal(
	    common_after(7, &(struct spool_checkpoint){ 5, { 30, 7 } }), 0);
	assert_int_equal(common_after(7, &(struct spool_checkpoint){ 0 }), 0);
	/* It does not cover segments below it: they are of a newer log. */
	assert_int_equal(
	    common_after(6, &(struct spool_checkpoint){ 6, { 30, 7 } }), 0);
	assert_int_equal(
	    common_after(0, &(struct spool_checkpoint){ 6, { 30, 7 } }), 0);
}

/* The one of before may be known by its inode alone. */
static void
a_free_inode_that_is_given_again_is_another_file(void **state)
{
	struct spool_table table = { 0 };
	struct view view = row(4, 6, 100);

	(void)state;
	view.sights[0].first = (struct wal_content){ 0 };
	view.sights[1].size = view.sights[2].size = 500;
	(void)see(&table, &view);
	view.sights[2].size = 600; /* The last one grows. */
	assert_int_equal(see(&table, &view), 0);
	view.sights[2].size = 599;
	assert_int_equal(see(&table, &view), 1);
	view.sights[0].size = 1; /* No other does, once there is a later one. */
	assert_int_equal(see(&table, &view), 1);
	assert_int_equal(spool_table_common(&table, 1, 2), 0);
	spool_table_release(&table);
}

static void
behind_one_that_was_replaced_none_is_of_before(void **state)
{
	struct spool_table table = { 0 };
	struct view view = row(4, 7, 100);

	(void)state;
	(void)see(&table, &view);
	view.sights[1].inode = 300;
	assert_int_equal(see(&table, &view), 1);
	assert_int_equal(spool_table_common(&table, 0, 1), 5);
	assert_string_equal(of(&table, 1), "0-4 1-5 1-6 1-7");
	spool_table_release(&table);
}

static void
generations_of_which_nothing_is_held_are_no_next(void **state)
{
	struct spool_table table = { .generation = 1000000 };
	struct spool_segment segments[] = {
		{ .name = { 3, 7 }, .last = 5, .held = true },
		{ .name = { 8, 1 }, .last = 20 },
		{ .name = { 30, 1 }, .last = SPOOL_LAST_NONE, .held = true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++)
		assert_int_equal(spool_table_add(&table, &segments[i]), 0);
	assert_int_equal(spool_table_next(&table, 0), 3);
	assert_int_equal(spool_table_next(&table, 3), 4);
	assert_int_equal(spool_table_next(&table, 5), 30);
	assert_int_equal(spool_table_next(&table, 30), 31);
	assert_int_equal(spool_table_next(&table, 999999), 1000000);
	table.len = 2;
	assert_int_equal(spool_table_next(&table, 5), 1000000);
	spool_table_release(&table);
}

static void
there_are_only_so_many(void **state)
{
	struct spool_table table = { 0 };
	struct spool_segment segment = { .last = SPOOL_LAST_NONE };
	struct view view = row(SPOOL_TABLE_MAX, SPOOL_TABLE_MAX, 1);

	(void)state;
	for (; segment.name.number < SPOOL_TABLE_MAX; segment.name.number++)
		assert_int_equal(spool_table_add(&table, &segment), 0);
	assert_int_equal(spool_table_add(&table, &segment), -1);
	assert_int_equal(see(&table, &view), -1);
	assert_int_equal(table.len, SPOOL_TABLE_MAX);
	spool_table_release(&table);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_log_that_goes_on_is_one_generation),
		cmocka_unit_test(
		    what_grows_is_known_when_it_has_something_in_it),
		cmocka_unit_test(
		    another_file_of_a_number_closes_the_generation),
		cmocka_unit_test(numbers_that_go_back_close_the_generation),
		cmocka_unit_test(
		    a_directory_that_is_empty_for_a_while_closes_nothing),
		cmocka_unit_test(another_content_is_another_file),
		cmocka_unit_test(
		    what_was_not_seen_in_this_life_is_known_by_its_content),
		cmocka_unit_test(what_is_neither_held_nor_there_is_swept_out),
		cmocka_unit_test(
		    what_a_checkpoint_covers_is_of_both_if_it_stays),
		cmocka_unit_test(
		    a_free_inode_that_is_given_again_is_another_file),
		cmocka_unit_test(
		    behind_one_that_was_replaced_none_is_of_before),
		cmocka_unit_test(
		    generations_of_which_nothing_is_held_are_no_next),
		cmocka_unit_test(there_are_only_so_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
