/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/base/draw.h"
#include "tests/unit/wal/compose.h"
#include "tests/unit/wal/scratch.h"
#include "tests/unit/wal/writer.h"
#include "wal/record.h"

#define STALE UINT64_C(0x7ff0000000000002)
#define ODD_NAN UINT64_C(0xfff8dead0000beef)

/* The record that the writer makes of ${samples}, to be freed. */
static uint8_t *
written(const struct wal_sample *samples, size_t count, bool v2, size_t *len)
{
	struct writer writer = { 0 };
	int fd = scratch_file();
	struct wal_segment *segment = wal_segment_open(fd, 0, true);
	struct wal_record rec;
	uint8_t *copy;

	assert_non_null(segment);
	writer_open(&writer, fd);
	if (v2)
		writer_samples_v2(&writer, samples, count);
	else
		writer_samples(&writer, samples, count);
	assert_int_equal(wal_segment_next(segment, &rec), WAL_OK);
	assert_non_null(copy = malloc(rec.len));
	memcpy(copy, rec.data, rec.len);
	*len = rec.len;
	writer_close(&writer);
	wal_segment_free(segment);
	return copy;
}

static void
check_round_trip(const struct wal_sample *samples, size_t count, bool v2)
{
	struct wal_sample_list list = { 0 };
	uint8_t *data;
	size_t i, len;

	data = written(samples, count, v2, &len);
	assert_int_equal(wal_decode_samples(data, len, &list), WAL_OK);
	assert_int_equal(list.len, count);
	for (i = 0; i < count; i++) {
		assert_true(list.samples[i].ref == samples[i].ref);
		assert_true(list.samples[i].time == samples[i].time);
		assert_true(list.samples[i].value == samples[i].value);
		assert_true(
		    list.samples[i].start == (v2 ? samples[i].start : 0));
	}
	free(data);
	wal_sample_list_release(&list);
}

static const struct wal_sample extremes[] = {
	{ 5, 1767225600000, 1767225000000, STALE },
	{ 4, 1767225600001, 1767225000000, ODD_NAN },
	{ UINT64_MAX, INT64_MAX, INT64_MIN, 0 },
	{ 0, INT64_MIN, INT64_MAX, UINT64_C(1) << 63 },
	{ UINT64_C(1) << 63, 0, 0, 1 },
	{ 1, -1, -1, UINT64_MAX },
	{ 1, -1, -1, UINT64_C(0x7ff0000000000000) },
};

static void
refs_times_and_every_bit_of_values_survive(void **state)
{
	size_t count = sizeof(extremes) / sizeof(*extremes), i;

	(void)state;
	check_round_trip(extremes, count, false);
	check_round_trip(extremes, count, true);
	for (i = 0; i < count; i++) { /* Each being the first. */
		check_round_trip(extremes + i, count - i, false);
		check_round_trip(extremes + i, count - i, true);
	}
}

static void
random_samples_survive(void **state)
{
	struct draw draw = draw_from(3);
	struct wal_sample samples[200];
	size_t i;
	int round;

	(void)state;
	for (round = 0; round < 50; round++) {
		for (i = 0; i < 200; i++) {
			samples[i].ref =
			    draw_any(&draw) >> draw_below(&draw, 64);
			samples[i].time =
			    (int64_t)(draw_any(&draw) >> draw_below(&draw, 64));
			samples[i].start = draw_below(&draw, 3) == 0
			    ? 0
			    : (int64_t)draw_below(&draw, 3);
			samples[i].value = draw_any(&draw);
		}
		check_round_trip(samples, 1 + draw_below(&draw, 200), false);
		check_round_trip(samples, 1 + draw_below(&draw, 200), true);
	}
}

/* The bytes that version 3.14's encoder makes, as its format has it. */
static void
start_times_are_marked_by_none_same_and_difference(void **state)
{
	static const uint8_t data[] = {
		WAL_SAMPLES_V2, 10, 20, 30, 0, 0, 0, 0, 0, 0, 0,
		1,                                  /* 5, 10, 15 */
		2, 2, 1, 0, 0, 0, 0, 0, 0, 0, 2,    /* the same start */
		1, 4, 0, 0, 0, 0, 0, 0, 0, 0, 3,    /* none */
		0, 6, 1, 0, 0, 0, 0, 0, 0, 0, 4,    /* the same: none */
		2, 8, 2, 3, 0, 0, 0, 0, 0, 0, 0, 5, /* first's - 2 */
		0, 0, 7, 4, 0, 0, 0, 0, 0, 0, 0, 6, /* first's + 2 */
	};
	static const struct wal_sample wanted[] = {
		{ 5, 10, 15, 1 },
		{ 6, 11, 15, 2 },
		{ 5, 12, 0, 3 },
		{ 5, 13, 0, 4 },
		{ 6, 14, 13, 5 },
		{ 6, 10, 17, 6 },
	};
	struct wal_sample_list list = { 0 };

	(void)state;
	assert_int_equal(wal_decode_samples(data, sizeof(data), &list), WAL_OK);
	assert_int_equal(list.len, 6);
	assert_memory_equal(list.samples, wanted, sizeof(wanted));
	wal_sample_list_release(&list);
}

static void
a_record_without_samples_is_fine(void **state)
{
	static const uint8_t v1 = WAL_SAMPLES, v2 = WAL_SAMPLES_V2;
	struct wal_sample_list list = { 0 };
	struct compose record = { 0 };

	(void)state;
	assert_int_equal(wal_decode_samples(&v1, 1, &list), WAL_OK);
	assert_int_equal(list.len, 0);
	assert_int_equal(wal_decode_samples(&v2, 1, &list), WAL_OK);
	assert_int_equal(list.len, 0);
	compose_u8(&record, WAL_SAMPLES); /* With a header, as upstream. */
	compose_be64(&record, 1);
	compose_be64(&record, 2);
	assert_int_equal(
	    wal_decode_samples(record.data, record.len, &list), WAL_OK);
	assert_int_equal(list.len, 0);
	compose_release(&record);
	wal_sample_list_release(&list);
}

/* Cut ${data} to each length: it decodes only at a sample's end. */
static void
check_cuts(const uint8_t *data, size_t len, size_t count)
{
	struct wal_sample_list list = { 0 };
	size_t cut, whole = 0;
	uint8_t *exact;

	for (cut = 1; cut <= len; cut++) {
		assert_non_null(exact = malloc(cut));
		memcpy(exact, data, cut);
		if (wal_decode_samples(exact, cut, &list) == WAL_OK)
			whole++;
		else
			assert_int_equal(list.len, 0);
		free(exact);
		/* Of its exact size, so that ASan sees a sample too many. */
		wal_sample_list_release(&list);
	}
	assert_int_equal(whole, count);
}

static void
a_record_cut_anywhere_yields_all_or_nothing(void **state)
{
	size_t count = sizeof(extremes) / sizeof(*extremes), len;
	uint8_t *data;

	(void)state;
	data = written(extremes, count, false, &len);
	check_cuts(data, len, count + 2); /* Also the type, and the header. */
	free(data);
	data = written(extremes, count, true, &len);
	check_cuts(data, len, count + 1);
	free(data);
}

static void
a_long_record_cut_anywhere_stays_in_its_memory(void **state)
{
	struct wal_sample samples[130];
	struct wal_sample_list list = { 0 };
	size_t i, len;
	uint8_t *data;

	(void)state;
	for (i = 0; i < 130; i++)
		samples[i] = (struct wal_sample){ .ref = 1, .time = 1 };
	data = written(samples, 130, false, &len);
	for (; len > 600; len--) {
		(void)wal_decode_samples(data, len, &list);
		wal_sample_list_release(&list);
	}
	free(data);
}

static void
another_type_is_refused(void **state)
{
	static const uint8_t types[] = { WAL_SERIES, 0, 12, 255 };
	struct wal_sample_list list = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(types); i++)
		assert_int_equal(
		    wal_decode_samples(types + i, 1, &list), WAL_CORRUPT);
	assert_int_equal(wal_decode_samples(types, 0, &list), WAL_CORRUPT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refs_times_and_every_bit_of_values_survive),
		cmocka_unit_test(random_samples_survive),
		cmocka_unit_test(
		    start_times_are_marked_by_none_same_and_difference),
		cmocka_unit_test(a_record_without_samples_is_fine),
		cmocka_unit_test(a_record_cut_anywhere_yields_all_or_nothing),
		cmocka_unit_test(
		    a_long_record_cut_anywhere_stays_in_its_memory),
		cmocka_unit_test(another_type_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
