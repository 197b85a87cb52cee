/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wal/compose.h"
#include "wal/labels.h"

/* What is read, and where it lies in the list. */
struct fixture {
	struct compose record;
	struct wal_label_list list;
	size_t first, count;
	size_t left; /* Bytes behind the labels. */
};

static int
set_up(void **state)
{
	*state = calloc(1, sizeof(struct fixture));
	assert_non_null(*state);
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	compose_release(&f->record);
	free(f->list.labels);
	free(f);
	return 0;
}

static enum wal_status
read_labels(struct fixture *f)
{
	struct wal_bytes bytes = { f->record.data,
		f->record.data + f->record.len, false };
	enum wal_status st;

	st = wal_labels_read(&bytes, &f->list, &f->first, &f->count);
	f->left = wal_bytes_left(&bytes);
	return st;
}

static void
assert_text(struct wal_text text, const char *want)
{
	assert_int_equal(text.len, strlen(want));
	assert_memory_equal(text.data, want, text.len);
}

static void
labels_come_in_their_order_and_what_follows_is_left(void **state)
{
	struct fixture *f = *state;

	compose_uvarint(&f->record, 2);
	compose_text(&f->record, "job");
	compose_text(&f->record, "node");
	compose_text(&f->record, "__name__");
	compose_text(&f->record, "");
	compose_u8(&f->record, 9);
	assert_int_equal(read_labels(f), WAL_OK);
	assert_int_equal(f->first, 0);
	assert_int_equal(f->count, 2);
	assert_text(f->list.labels[0].name, "job");
	assert_text(f->list.labels[0].value, "node");
	assert_text(f->list.labels[1].name, "__name__");
	assert_text(f->list.labels[1].value, "");
	assert_int_equal(f->left, 1);
}

static void
labels_are_added_behind_those_there_are(void **state)
{
	struct fixture *f = *state;
	size_t i;

	compose_uvarint(&f->record, 1);
	compose_text(&f->record, "a");
	compose_text(&f->record, "b");
	for (i = 0; i < 200; i++) {
		assert_int_equal(read_labels(f), WAL_OK);
		assert_int_equal(f->first, i);
		assert_int_equal(f->count, 1);
	}
	assert_int_equal(f->list.len, 200);
	assert_text(f->list.labels[199].value, "b");
}

static void
no_labels_are_labels_too(void **state)
{
	struct fixture *f = *state;

	compose_uvarint(&f->record, 0);
	assert_int_equal(read_labels(f), WAL_OK);
	assert_int_equal(f->count, 0);
	assert_int_equal(f->list.len, 0);
}

static void
what_stops_short_is_corrupt_and_adds_nothing(void **state)
{
	struct fixture *f = *state;
	size_t len;

	compose_uvarint(&f->record, 2);
	compose_text(&f->record, "job");
	compose_text(&f->record, "node");
	compose_text(&f->record, "a");
	compose_text(&f->record, "b");
	len = f->record.len;
	for (f->record.len = 0; f->record.len < len; f->record.len++) {
		assert_int_equal(read_labels(f), WAL_CORRUPT);
		assert_int_equal(f->list.len, 0);
	}
	assert_int_equal(read_labels(f), WAL_OK);
}

static void
no_count_is_believed_beyond_the_bytes_there_are(void **state)
{
	struct fixture *f = *state;

	compose_uvarint(&f->record, UINT64_MAX);
	compose_text(&f->record, "job");
	compose_text(&f->record, "node");
	assert_int_equal(read_labels(f), WAL_CORRUPT);
	assert_null(f->list.labels); /* Nothing was made room for. */
	f->record.len = 0;
	compose_uvarint(&f->record, 2); /* Two need four bytes. */
	compose_u8(&f->record, 0);
	compose_u8(&f->record, 0);
	compose_u8(&f->record, 0);
	assert_int_equal(read_labels(f), WAL_CORRUPT);
	assert_null(f->list.labels);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(labels_come_in_their_order_and_what_follows_is_left),
		TEST(labels_are_added_behind_those_there_are),
		TEST(no_labels_are_labels_too),
		TEST(what_stops_short_is_corrupt_and_adds_nothing),
		TEST(no_count_is_believed_beyond_the_bytes_there_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
