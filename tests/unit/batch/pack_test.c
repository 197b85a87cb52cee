/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/batch/pack.h"
#include "agent/series/remote.pb-c.h"

#define OUT_MAX 4096u

/* What ${out} says, as protobuf-c reads it. */
static Remote__TimeSeries *
unpack(const struct buf *out)
{
	Remote__TimeSeries *series;

	assert_false(out->bad);
	series = remote__time_series__unpack(NULL, out->len, out->data);
	assert_non_null(series);
	return series;
}

static uint64_t
bits_of(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static void
an_exemplar_has_its_labels_value_and_time(void **state)
{
	const struct wal_label labels[] = {
		{ { "trace_id", 8 }, { "a\0b", 3 } },
		{ { "z", 1 }, { "", 0 } },
	};
	const struct wal_exemplar exemplar = {
		.time = -5,
		.value = UINT64_C(0x7ff8000000001234),
		.count = 2,
	};
	Remote__TimeSeries *series;
	struct buf out;

	(void)state;
	buf_init(&out, OUT_MAX);
	pack_exemplar(&out, &exemplar, labels);
	series = unpack(&out);
	assert_int_equal(series->n_labels, 0);
	assert_int_equal(series->n_exemplars, 1);
	assert_int_equal(series->exemplars[0]->timestamp, -5);
	assert_true(bits_of(series->exemplars[0]->value) == exemplar.value);
	assert_int_equal(series->exemplars[0]->n_labels, 2);
	assert_int_equal(series->exemplars[0]->labels[0]->value.len, 3);
	assert_memory_equal(
	    series->exemplars[0]->labels[0]->value.data, "a\0b", 3);
	assert_int_equal(series->exemplars[0]->labels[1]->value.len, 0);
	remote__time_series__free_unpacked(series, NULL);
	buf_release(&out);
}

static void
an_integer_histogram_has_all_its_fields(void **state)
{
	struct wal_span spans[] = { { -3, 2 }, { 4, 1 }, { 7, 1 } };
	uint64_t numbers[] = { 5, (uint64_t)-2, 1, 9 };
	const struct wal_histogram_list list = {
		.spans = spans,
		.numbers = numbers,
	};
	const struct wal_histogram histogram = {
		.time = 1234,
		.hint = 3,
		.schema = -4,
		.zero_threshold = UINT64_C(0x3f50624dd2f1a9fc),
		.zero_count = 0,
		.count = UINT64_MAX,
		.sum = UINT64_C(0x7ff0000000000002),
		.positive_spans = { 0, 2 },
		.negative_spans = { 2, 1 },
		.positive_buckets = { 0, 3 },
		.negative_buckets = { 3, 1 },
	};
	Remote__TimeSeries *series;
	Remote__Histogram *got;
	struct buf out;

	(void)state;
	buf_init(&out, OUT_MAX);
	pack_histogram(&out, &list, &histogram);
	series = unpack(&out);
	assert_int_equal(series->n_histograms, 1);
	got = series->histograms[0];
	assert_int_equal(got->timestamp, 1234);
	assert_int_equal(got->reset_hint, 3);
	assert_int_equal(got->schema, -4);
	assert_int_equal(got->count_case, REMOTE__HISTOGRAM__COUNT_COUNT_INT);
	assert_true(got->count_int == UINT64_MAX);
	/* A zero that is there is not the same as none. */
	assert_int_equal(
	    got->zero_count_case, REMOTE__HISTOGRAM__ZERO_COUNT_ZERO_COUNT_INT);
	assert_int_equal(got->zero_count_int, 0);
	assert_true(bits_of(got->sum) == histogram.sum);
	assert_true(bits_of(got->zero_threshold) == histogram.zero_threshold);
	assert_int_equal(got->n_positive_spans, 2);
	assert_int_equal(got->positive_spans[0]->offset, -3);
	assert_int_equal(got->positive_spans[1]->length, 1);
	assert_int_equal(got->n_negative_spans, 1);
	assert_int_equal(got->n_positive_deltas, 3);
	assert_int_equal(got->positive_deltas[1], -2);
	assert_int_equal(got->n_negative_deltas, 1);
	assert_int_equal(got->negative_deltas[0], 9);
	assert_int_equal(got->n_positive_counts, 0);
	remote__time_series__free_unpacked(series, NULL);
	buf_release(&out);
}

static void
a_float_histogram_has_counts_for_differences(void **state)
{
	struct wal_span spans[] = { { 0, 1 } };
	uint64_t numbers[] = { UINT64_C(0x4008000000000000) };
	const struct wal_histogram_list list = {
		.spans = spans,
		.numbers = numbers,
	};
	const struct wal_histogram histogram = {
		.is_float = true,
		.count = UINT64_C(0x4024000000000000),
		.zero_count = UINT64_C(0x3ff0000000000000),
		.positive_spans = { 0, 1 },
		.positive_buckets = { 0, 1 },
	};
	Remote__TimeSeries *series;
	Remote__Histogram *got;
	struct buf out;

	(void)state;
	buf_init(&out, OUT_MAX);
	pack_histogram(&out, &list, &histogram);
	series = unpack(&out);
	got = series->histograms[0];
	assert_int_equal(got->count_case, REMOTE__HISTOGRAM__COUNT_COUNT_FLOAT);
	assert_true(got->count_float == 10);
	assert_true(got->zero_count_float == 1);
	assert_int_equal(got->n_positive_counts, 1);
	assert_true(got->positive_counts[0] == 3);
	assert_int_equal(got->n_positive_deltas, 0);
	remote__time_series__free_unpacked(series, NULL);
	buf_release(&out);
}

/* The metadata that ${family} is packed as. */
static Remote__WriteRequest *
packed_metadata(const struct family *family)
{
	Remote__WriteRequest *message;
	struct buf out;

	buf_init(&out, OUT_MAX);
	pack_metadata(&out, family);
	assert_false(out.bad);
	message = remote__write_request__unpack(NULL, out.len, out.data);
	assert_non_null(message);
	assert_int_equal(message->n_metadata, 1);
	buf_release(&out);
	return message;
}

static void
metadata_have_the_type_name_help_and_unit_of_a_family(void **state)
{
	const struct family family = { FAMILY_GAUGE_HISTOGRAM, { "name", 4 },
		{ "he\0lp", 5 }, { "unit", 4 } };
	Remote__WriteRequest *message = packed_metadata(&family);
	Remote__MetricMetadata *got = message->metadata[0];

	(void)state;
	assert_int_equal(got->type, 4);
	assert_int_equal(got->metric_family_name.len, 4);
	assert_memory_equal(got->metric_family_name.data, "name", 4);
	assert_int_equal(got->help.len, 5);
	assert_memory_equal(got->help.data, "he\0lp", 5);
	assert_int_equal(got->unit.len, 4);
	assert_memory_equal(got->unit.data, "unit", 4);
	remote__write_request__free_unpacked(message, NULL);
}

/* As Prometheus writes it: 3 { 2: "a" }, and 3 { 1: 2, 2: "a", 4: "b" }. */
static void
what_is_empty_of_metadata_is_not_written(void **state)
{
	static const uint8_t bare[] = { 0x1a, 3, 0x12, 1, 'a' };
	static const uint8_t full[] = { 0x1a, 8, 8, 2, 0x12, 1, 'a', 0x22, 1,
		'b' };
	struct family family = { .name = { "a", 1 } };
	struct buf out;

	(void)state;
	buf_init(&out, OUT_MAX);
	pack_metadata(&out, &family);
	assert_int_equal(out.len, sizeof(bare));
	assert_memory_equal(out.data, bare, sizeof(bare));
	family.type = FAMILY_GAUGE;
	family.help = (struct wal_text){ "b", 1 };
	buf_reset(&out);
	pack_metadata(&out, &family);
	assert_int_equal(out.len, sizeof(full));
	assert_memory_equal(out.data, full, sizeof(full));
	buf_release(&out);
}

static void
what_does_not_fit_makes_the_buffer_bad(void **state)
{
	const struct family family = { .name = { "too long", 8 } };
	const struct wal_label label = { { "trace_id", 8 }, { "abc", 3 } };
	const struct wal_exemplar exemplar = { .count = 1 };
	struct buf out;

	(void)state;
	buf_init(&out, 8);
	pack_exemplar(&out, &exemplar, &label);
	assert_true(out.bad);
	assert_int_equal(out.len, 0);
	buf_reset(&out);
	pack_metadata(&out, &family);
	assert_true(out.bad);
	assert_int_equal(out.len, 0);
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exemplar_has_its_labels_value_and_time),
		cmocka_unit_test(an_integer_histogram_has_all_its_fields),
		cmocka_unit_test(a_float_histogram_has_counts_for_differences),
		cmocka_unit_test(
		    metadata_have_the_type_name_help_and_unit_of_a_family),
		cmocka_unit_test(what_is_empty_of_metadata_is_not_written),
		cmocka_unit_test(what_does_not_fit_makes_the_buffer_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
