/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "agent/batch/encode.h"
#include "agent/batch/keep.h"
#include "tests/unit/series/series.h"
#include "tests/unit/wal/compose.h"

struct fixture {
	struct stats *stats;
	struct meters meters;
	struct labelsets *sets;
	struct finals *finals;
	struct refmap *refs;
	struct keep keep;
};

/* Refs 1 and 2 are known. */
static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->stats = stats_new();
	assert_int_equal(meters_init(&f->meters, f->stats, "n", "u"), 0);
	f->sets = labelsets_new();
	f->finals = finals_new(NULL, 0);
	f->refs = refmap_new(f->sets, f->finals);
	assert_int_equal(series_learn(f->refs, 1, 0, "__name__=a"), FINAL_OK);
	assert_int_equal(series_learn(f->refs, 2, 0, "__name__=b"), FINAL_OK);
	f->keep = (struct keep){
		.refs = f->refs,
		.meters = &f->meters,
		.since = INT64_MIN,
		.skip = INT64_MIN,
		.exemplars = true,
		.histograms = true,
	};
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	keep_release(&f->keep);
	refmap_free(f->refs);
	finals_free(f->finals);
	labelsets_free(f->sets);
	meters_release(&f->meters);
	stats_free(f->stats);
	free(f);
	return 0;
}

/* Keep what is to be kept of ${record}, which it frees. */
static enum wal_status
keep(struct fixture *f, struct compose *record, struct kept_record *ret)
{
	struct wal_entry entry = {
		.type = record->data[0],
		.data = record->data,
		.len = record->len,
		.end = { 7, 100 },
		.stored = 50,
		.fresh = true,
	};
	enum wal_status st = keep_entry(&f->keep, &entry, ret);

	keep_account(&f->keep);
	compose_release(record);
	return st;
}

/* Begin a record of ${type} with ref0 and time0. */
static struct compose
begin(uint8_t type, uint64_t ref, uint64_t time)
{
	struct compose record = { 0 };

	compose_u8(&record, type);
	compose_be64(&record, ref);
	compose_be64(&record, time);
	return record;
}

static void
put_sample(struct compose *record, int64_t ref, int64_t time)
{
	compose_varint(record, ref);
	compose_varint(record, time);
	compose_double(record, 1);
}

/* Put a histogram without buckets but ${bounds} empty ones. */
static void
put_histogram(struct compose *record, int64_t schema, unsigned int spans)
{
	compose_varint(record, 0);
	compose_varint(record, 0);
	compose_u8(record, 0);
	compose_varint(record, schema);
	compose_double(record, 0);
	compose_uvarint(record, 0);
	compose_uvarint(record, 0);
	compose_double(record, 0);
	compose_uvarint(record, spans);
	for (; spans > 0; spans--) {
		compose_varint(record, 1);
		compose_uvarint(record, 0);
	}
	compose_uvarint(record, 0);
	compose_uvarint(record, 0);
	compose_uvarint(record, 0);
	if (schema == WAL_SCHEMA_CUSTOM)
		compose_uvarint(record, 0);
}

static void
samples_of_known_series_are_kept_in_order(void **state)
{
	struct compose record = begin(WAL_SAMPLES, 1, 1000);
	struct fixture *f = *state;
	struct kept_record got;

	put_sample(&record, 0, 0);
	put_sample(&record, 5, 0); /* Not known. */
	put_sample(&record, 1, 3);
	assert_int_equal(keep(f, &record, &got), WAL_OK);
	assert_int_equal(got.len, 2);
	assert_int_equal(got.kept[0].kind, KEPT_SAMPLE);
	assert_int_equal(got.kept[0].time, 1000);
	assert_int_equal(got.kept[1].time, 1003);
	assert_ptr_not_equal(got.kept[0].final, got.kept[1].final);
	assert_int_equal(got.stored, 50);
	assert_int_equal(f->keep.unknown, 1);
	assert_true(
	    stat_value(
		f->meters.kinds[KEPT_SAMPLE].dropped[DROP_UNKNOWN_SERIES]) ==
	    1);
	assert_true(got.plain >=
	    got.kept[0].final->packed_len + got.kept[1].final->packed_len);
}

/* A series without labels is refused; so none of its samples is unknown. */
static void
samples_of_series_that_are_not_sent_are_counted_apart(void **state)
{
	struct compose record = begin(WAL_SAMPLES, 1, 1000);
	struct fixture *f = *state;
	struct kept_record got;

	assert_int_equal(series_learn(f->refs, 3, 0, ""), FINAL_REFUSED);
	put_sample(&record, 0, 0);
	put_sample(&record, 2, 0);
	put_sample(&record, 2, 0);
	assert_int_equal(keep(f, &record, &got), WAL_OK);
	assert_int_equal(got.len, 1);
	assert_int_equal(f->keep.unknown, 0);
	assert_true(
	    stat_value(
		f->meters.kinds[KEPT_SAMPLE].dropped[DROP_REFUSED_SERIES]) ==
	    2);
	assert_true(
	    stat_value(f->meters.kinds[KEPT_SAMPLE].dropped[DROP_BY_RULE]) ==
	    0);
}

static void
samples_before_the_start_are_not_kept(void **state)
{
	struct compose record = begin(WAL_SAMPLES, 1, 1000);
	struct fixture *f = *state;
	struct kept_record got;

	f->keep.since = 1001;
	put_sample(&record, 0, 0);
	put_sample(&record, 0, 1);
	assert_int_equal(keep(f, &record, &got), WAL_OK);
	assert_int_equal(got.len, 1);
	assert_int_equal(got.kept[0].time, 1001);
	assert_true(
	    stat_value(
		f->meters.kinds[KEPT_SAMPLE].dropped[DROP_UNKNOWN_SERIES]) ==
	    0);
}

/* How many samples were dropped for ${reason}. */
static double
dropped(const struct fixture *f, enum drop_reason reason)
{
	return stat_value(f->meters.kinds[KEPT_SAMPLE].dropped[reason]);
}

static void
samples_that_are_skipped_are_counted(void **state)
{
	struct compose record = begin(WAL_SAMPLES, 1, 1000);
	struct fixture *f = *state;
	struct kept_record got;

	f->keep.skip = 1001;
	put_sample(&record, 0, 0);
	put_sample(&record, 0, 1);
	put_sample(&record, 5, 0); /* Not known, whatever its time. */
	assert_int_equal(keep(f, &record, &got), WAL_OK);
	assert_int_equal(got.len, 1);
	assert_int_equal(got.kept[0].time, 1001);
	assert_true(dropped(f, DROP_MAX_LAG) == 1);
	assert_true(dropped(f, DROP_UNKNOWN_SERIES) == 1);
}

static void
samples_of_series_beyond_limits_are_counted_apart(void **state)
{
	struct compose record = begin(WAL_SAMPLES, 1, 1000);
	struct room room = { .limits = { .max_series = 1 } };
	struct fixture *f = *state;
	struct kept_record got;

	finals_limit_labels(f->finals, CONFIG_LABELS_DROP);
	assert_int_equal(series_learn(f->refs, 3, 0, "A=b,a=b"), FINAL_UNFIT);
	room.sets = f->sets;
	refmap_limit(f->refs, &room);
	assert_int_equal(series_learn(f->refs, 4, 0, "c=d"), FINAL_BEYOND);
	put_sample(&record, 0, 0);
	put_sample(&record, 2, 0);
	put_sample(&record, 3, 0);
	put_sample(&record, 3, 1);
	assert_int_equal(keep(f, &record, &got), WAL_OK);
	assert_int_equal(got.len, 1);
	assert_true(dropped(f, DROP_LABEL_LIMITS) == 1);
	assert_true(dropped(f, DROP_SERIES_LIMIT) == 2);
	assert_true(dropped(f, DROP_REFUSED_SERIES) == 0);
}

/* How many of a record of both refs that ends at ${offset} are kept. */
static size_t
kept_of_both(struct fixture *f, uint64_t offset)
{
	const struct wal_mark end = { .at = {
					  .segment = 7, .offset = offset } };
	struct compose record = begin(WAL_SAMPLES, 1, 1000);
	struct kept_record got;

	put_sample(&record, 0, 0);
	put_sample(&record, 1, 0);
	keep_reach(&f->keep, &end);
	assert_int_equal(keep(f, &record, &got), WAL_OK);
	return got.len;
}

/* Each of the two is of one half of the series, or of the other. */
static void
what_is_settled_of_a_former_share_is_not_kept(void **state)
{
	struct fixture *f = *state;
	size_t halves = 0;

	f->keep.former = (struct position_former){
		.share = { .index = 0, .count = 2 },
		.until = { .segment = 7, .offset = 100 },
	};
	halves += kept_of_both(f, 100);
	f->keep.former.share.index = 1;
	halves += kept_of_both(f, 100);
	assert_int_equal(halves, 2);
	assert_int_equal(kept_of_both(f, 101), 2);
	f->keep.former.share = (struct position_share){ .count = 1 };
	assert_int_equal(kept_of_both(f, 100), 0);
	assert_true(
	    stat_value(f->meters.kinds[KEPT_SAMPLE].dropped[DROP_BY_RULE]) ==
	    0);
}

static void
exemplars_are_kept_if_wanted(void **state)
{
	struct fixture *f = *state;
	struct kept_record got;
	struct compose record;
	int wanted;

	for (wanted = 0; wanted <= 1; wanted++) {
		f->keep.exemplars = wanted;
		record = begin(WAL_EXEMPLARS, 2, 9);
		put_sample(&record, 0, 0);
		compose_uvarint(&record, 1);
		compose_text(&record, "trace_id");
		compose_text(&record, "x");
		put_sample(&record, 40, 0); /* Not known. */
		compose_uvarint(&record, 0);
		assert_int_equal(keep(f, &record, &got), WAL_OK);
		assert_int_equal(got.len, wanted);
	}
	assert_int_equal(got.kept[0].kind, KEPT_EXEMPLAR);
	assert_int_equal(got.kept[0].index, 0);
	assert_int_equal(got.exemplars->len, 2);
	assert_true(
	    stat_value(
		f->meters.kinds[KEPT_EXEMPLAR].dropped[DROP_UNKNOWN_SERIES]) ==
	    1);
}

static void
an_exemplar_too_large_for_a_request_is_dropped_and_counted(void **state)
{
	struct compose record = begin(WAL_EXEMPLARS, 1, 9);
	struct fixture *f = *state;
	struct kept_record got;
	char *huge = malloc(ENCODE_FIELD_MAX + 1);

	assert_non_null(huge);
	memset(huge, 'x', ENCODE_FIELD_MAX);
	huge[ENCODE_FIELD_MAX] = '\0';
	put_sample(&record, 0, 0);
	compose_uvarint(&record, 1);
	compose_text(&record, "trace_id");
	compose_text(&record, huge);
	assert_int_equal(keep(f, &record, &got), WAL_OK);
	assert_int_equal(got.len, 0);
	assert_true(
	    stat_value(f->meters.kinds[KEPT_EXEMPLAR].dropped[DROP_LARGE]) ==
	    1);
	free(huge);
}

static void
histograms_are_kept_if_there_is_a_place_for_them(void **state)
{
	struct compose record = begin(WAL_HISTOGRAMS, 1, 9);
	struct fixture *f = *state;
	struct kept_record got;

	put_histogram(&record, 3, 1);
	put_histogram(&record, WAL_SCHEMA_CUSTOM, 1);
	put_histogram(&record, 3, ENCODE_FIELD_MAX / 8);
	put_histogram(&record, 8, 2);
	assert_int_equal(keep(f, &record, &got), WAL_OK);
	assert_int_equal(got.len, 2);
	assert_int_equal(got.kept[0].kind, KEPT_HISTOGRAM);
	assert_int_equal(got.kept[0].index, 0);
	assert_int_equal(got.kept[1].index, 3);
	assert_true(
	    stat_value(
		f->meters.kinds[KEPT_HISTOGRAM].dropped[DROP_CUSTOM_BUCKETS]) ==
	    1);
	assert_true(
	    stat_value(f->meters.kinds[KEPT_HISTOGRAM].dropped[DROP_LARGE]) ==
	    1);
}

static void
a_histogram_of_an_unknown_schema_is_dropped_and_counted(void **state)
{
	struct compose record = begin(WAL_HISTOGRAMS, 1, 9);
	struct fixture *f = *state;
	struct kept_record got;

	put_histogram(&record, 100, 1);
	put_histogram(&record, 3, 1);
	assert_int_equal(keep(f, &record, &got), WAL_OK);
	assert_int_equal(got.len, 1);
	assert_true(
	    stat_value(
		f->meters.kinds[KEPT_HISTOGRAM].dropped[DROP_UNKNOWN_SCHEMA]) ==
	    1);
}

/* As when unknown refs were looked up in between. */
static void
a_record_kept_twice_is_counted_once(void **state)
{
	struct compose record = begin(WAL_HISTOGRAMS, 1, 9);
	struct fixture *f = *state;
	struct kept_record got;
	struct wal_entry entry;
	unsigned int i;

	put_histogram(&record, 100, 1);
	put_histogram(&record, WAL_SCHEMA_CUSTOM, 1);
	entry = (struct wal_entry){
		.type = WAL_HISTOGRAMS,
		.data = record.data,
		.len = record.len,
	};
	for (i = 0; i < 2; i++)
		assert_int_equal(keep_entry(&f->keep, &entry, &got), WAL_OK);
	keep_account(&f->keep);
	assert_true(
	    stat_value(
		f->meters.kinds[KEPT_HISTOGRAM].dropped[DROP_UNKNOWN_SCHEMA]) ==
	    1);
	assert_true(
	    stat_value(
		f->meters.kinds[KEPT_HISTOGRAM].dropped[DROP_CUSTOM_BUCKETS]) ==
	    1);
	compose_release(&record);
}

static void
histograms_that_are_not_wanted_are_not_even_read(void **state)
{
	struct compose record = begin(WAL_HISTOGRAMS, 1, 9);
	struct fixture *f = *state;
	struct kept_record got;

	f->keep.histograms = false;
	put_histogram(&record, WAL_SCHEMA_CUSTOM, 1);
	assert_int_equal(keep(f, &record, &got), WAL_OK);
	assert_int_equal(got.len, 0);
	assert_true(
	    stat_value(
		f->meters.kinds[KEPT_HISTOGRAM].dropped[DROP_CUSTOM_BUCKETS]) ==
	    0);
}

static void
a_record_that_does_not_decode_keeps_nothing(void **state)
{
	struct compose record = begin(WAL_SAMPLES, 1, 9);
	struct fixture *f = *state;
	struct kept_record got;

	put_sample(&record, 0, 0);
	compose_u8(&record, 0);
	assert_int_equal(keep(f, &record, &got), WAL_CORRUPT);
	assert_int_equal(got.len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_of_known_series_are_kept_in_order),
		cmocka_unit_test(
		    samples_of_series_that_are_not_sent_are_counted_apart),
		cmocka_unit_test(samples_before_the_start_are_not_kept),
		cmocka_unit_test(samples_that_are_skipped_are_counted),
		cmocka_unit_test(
		    samples_of_series_beyond_limits_are_counted_apart),
		cmocka_unit_test(what_is_settled_of_a_former_share_is_not_kept),
		cmocka_unit_test(exemplars_are_kept_if_wanted),
		cmocka_unit_test(
		    an_exemplar_too_large_for_a_request_is_dropped_and_counted),
		cmocka_unit_test(
		    histograms_are_kept_if_there_is_a_place_for_them),
		cmocka_unit_test(
		    a_histogram_of_an_unknown_schema_is_dropped_and_counted),
		cmocka_unit_test(a_record_kept_twice_is_counted_once),
		cmocka_unit_test(
		    histograms_that_are_not_wanted_are_not_even_read),
		cmocka_unit_test(a_record_that_does_not_decode_keeps_nothing),
	};
	struct CMUnitTest each[sizeof(tests) / sizeof(*tests)];
	size_t i;

	for (i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		each[i] = tests[i];
		each[i].setup_func = set_up;
		each[i].teardown_func = tear_down;
	}
	return cmocka_run_group_tests(each, NULL, NULL);
}
