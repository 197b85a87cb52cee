/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "agent/position/ledger.h"
#include "agent/position/position.h"
#include "agent/position/position.pb-c.h"

/* A position in which no field has the value of another. */
static struct position *
example(void)
{
	struct position *position = calloc(1, sizeof(*position));

	assert_non_null(position);
	(void)strcpy(position->key, "the \xc3\xa9 key");
	(void)strcpy(position->url, "http://receiver/write?t=***");
	position->removed = 1700000000001;
	position->clean = position->begun = position->checkpoint = true;
	memset(&position->mark, 0x5a, sizeof(position->mark));
	position->since = INT64_MIN;
	position->highest = INT64_MAX;
	position->after = -7;
	position->furthest = (struct position_point){ 3, UINT64_MAX, 5 };
	position->share = (struct position_share){ 7, 8, 9, 10 };
	position->former.share = (struct position_share){ 11, 12, 13, 14 };
	position->former.until = (struct position_point){ 15, 16, 17 };
	position->ranges[0] = (struct position_range){
		.end = { 1, 2, 3 },
		.limit = 2000,
		.done = true,
	};
	position->ranges[1].end = (struct position_point){ 4, 5, 6 };
	position->ranges_len = 2;
	return position;
}

static void
expect_equal(const struct position *a, const struct position *b)
{
	size_t i;

	assert_string_equal(a->key, b->key);
	assert_string_equal(a->url, b->url);
	assert_int_equal(a->removed, b->removed);
	assert_int_equal(a->clean, b->clean);
	assert_int_equal(a->begun, b->begun);
	assert_memory_equal(&a->mark, &b->mark, sizeof(a->mark));
	assert_int_equal(a->checkpoint, b->checkpoint);
	assert_int_equal(a->since, b->since);
	assert_int_equal(a->highest, b->highest);
	assert_int_equal(a->after, b->after);
	assert_int_equal(position_compare(a->furthest, b->furthest), 0);
	assert_memory_equal(&a->share, &b->share, sizeof(a->share));
	assert_memory_equal(&a->former, &b->former, sizeof(a->former));
	assert_int_equal(a->ranges_len, b->ranges_len);
	for (i = 0; i < a->ranges_len; i++) {
		assert_int_equal(
		    position_compare(a->ranges[i].end, b->ranges[i].end), 0);
		assert_int_equal(a->ranges[i].limit, b->ranges[i].limit);
		assert_int_equal(a->ranges[i].done, b->ranges[i].done);
	}
}

static void
what_was_encoded_is_decoded(void **state)
{
	struct position *from = example();
	struct position *to = calloc(1, sizeof(*to));
	uint8_t data[LEDGER_MAX];
	size_t len = position_encode(from, data, sizeof(data));

	(void)state;
	assert_int_not_equal(len, 0);
	assert_non_null(to);
	assert_int_equal(position_decode(to, data, len), 0);
	expect_equal(to, from);
	free(to);
	free(from);
}

/* So the largest can always be saved. */
static void
the_largest_fits_a_ledger(void **state)
{
	struct position *from = example();
	struct position *to = calloc(1, sizeof(*to));
	uint8_t data[LEDGER_MAX];
	size_t i, len;

	(void)state;
	assert_non_null(to);
	memset(from->key, 'k', sizeof(from->key) - 1);
	memset(from->url, 'u', sizeof(from->url) - 1);
	memset(&from->share, 0xff, sizeof(from->share));
	memset(&from->former, 0xff, sizeof(from->former));
	from->removed = from->highest = INT64_MIN;
	from->furthest =
	    (struct position_point){ UINT64_MAX, UINT64_MAX, UINT64_MAX };
	for (i = 0; i < POSITION_RANGES_MAX; i++)
		from->ranges[i] = (struct position_range){
			.end = from->furthest,
			.limit = UINT32_MAX,
			.done = true,
		};
	from->ranges_len = i;
	len = position_encode(from, data, sizeof(data));
	assert_int_not_equal(len, 0);
	assert_int_equal(position_decode(to, data, len), 0);
	expect_equal(to, from);
	assert_int_equal(position_encode(from, data, len - 1), 0);
	free(to);
	free(from);
}

/* Whether a message like the example, changed by ${change}, is refused. */
static bool
refused(void (*change)(Saved__Position *message))
{
	struct position *position = example();
	uint8_t data[LEDGER_MAX], changed[2 * LEDGER_MAX];
	size_t len = position_encode(position, data, sizeof(data));
	Saved__Position *message = saved__position__unpack(NULL, len, data);
	bool result;

	assert_non_null(message);
	change(message);
	assert_true(
	    saved__position__get_packed_size(message) <= sizeof(changed));
	len = saved__position__pack(message, changed);
	saved__position__free_unpacked(message, NULL);
	result = position_decode(position, changed, len) != 0;
	free(position);
	return result;
}

static void
lengthen_key(Saved__Position *message)
{
	free(message->key.data);
	message->key.len = POSITION_TEXT_MAX;
	message->key.data = malloc(message->key.len);
	assert_non_null(message->key.data);
	memset(message->key.data, 'k', message->key.len);
}

static void
put_nul_into_url(Saved__Position *message)
{
	message->url.data[2] = '\0';
}

static void
shorten_mark(Saved__Position *message)
{
	message->mark.len--;
}

static void
drop_furthest(Saved__Position *message)
{
	saved__point__free_unpacked(message->furthest, NULL);
	message->furthest = NULL;
}

static void
drop_end(Saved__Position *message)
{
	saved__point__free_unpacked(message->ranges[1]->end, NULL);
	message->ranges[1]->end = NULL;
}

static void
change_nothing(Saved__Position *message)
{
	(void)message;
}

static void
what_cannot_be_is_refused(void **state)
{
	(void)state;
	assert_false(refused(change_nothing));
	assert_true(refused(lengthen_key));
	assert_true(refused(put_nul_into_url));
	assert_true(refused(shorten_mark));
	assert_true(refused(drop_furthest));
	assert_true(refused(drop_end));
}

static void
points_are_ordered_by_generation_segment_and_offset(void **state)
{
	static const struct position_point points[] = {
		{ 0, 0, 0 },
		{ 0, 0, 7 },
		{ 0, 5, 1 },
		{ 1, 0, 0 },
		{ UINT64_MAX, 0, 0 },
	};
	int i, j, way;

	(void)state;
	for (i = 0; i < 5; i++)
		for (j = 0; j < 5; j++) {
			way = position_compare(points[i], points[j]);
			assert_int_equal(
			    (way > 0) - (way < 0), (i > j) - (i < j));
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_encoded_is_decoded),
		cmocka_unit_test(the_largest_fits_a_ledger),
		cmocka_unit_test(what_cannot_be_is_refused),
		cmocka_unit_test(
		    points_are_ordered_by_generation_segment_and_offset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
