/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>

#include "agent/batch/encode.h"
#include "tests/unit/base/draw.h"
#include "tests/unit/series/body.h"
#include "tests/unit/series/series.h"

struct fixture {
	struct finals *finals;
	struct final *series[3]; /* Packed in few and in many bytes. */
	struct encoder encoder;
};

static int
set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	char text[300] = "__name__=up,long=";

	if (fixture == NULL)
		return -1;
	fixture->finals = finals_new(NULL, 0);
	fixture->series[0] = series_take(fixture->finals, "a=1");
	fixture->series[1] =
	    series_take(fixture->finals, "__name__=up,instance=h:1,job=j");
	memset(text + strlen(text), 'x', 250);
	fixture->series[2] = series_take(fixture->finals, text);
	encoder_init(&fixture->encoder);
	*state = fixture;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fixture = *state;

	encoder_release(&fixture->encoder);
	finals_free(fixture->finals);
	free(fixture);
	return 0;
}

/* End the body; the caller frees its plain bytes. */
static uint8_t *
finish(struct fixture *fixture, size_t *ret_len)
{
	uint8_t *body, *plain;
	size_t len;

	assert_int_equal(encoder_finish(&fixture->encoder, &body, &len), 0);
	assert_int_equal(encoder_len(&fixture->encoder), 0);
	plain = body_plain(body, len, ret_len);
	assert_non_null(plain);
	free(body);
	return plain;
}

/* Append to ${expected} what protobuf-c packs of one sample. */
static void
pack(struct buf *expected, const struct final *final, int64_t time,
    uint64_t bits)
{
	Remote__WriteRequest request = REMOTE__WRITE_REQUEST__INIT;
	Remote__Sample sample = REMOTE__SAMPLE__INIT, *samples = &sample;
	Remote__TimeSeries *series;
	uint8_t *to;

	series =
	    remote__time_series__unpack(NULL, final->packed_len, final->packed);
	memcpy(&sample.value, &bits, sizeof(bits));
	sample.timestamp = time;
	series->n_samples = 1;
	series->samples = &samples;
	request.n_timeseries = 1;
	request.timeseries = &series;
	to = buf_reserve(
	    expected, remote__write_request__get_packed_size(&request));
	expected->len += remote__write_request__pack(&request, to);
	series->n_samples = 0;
	series->samples = NULL;
	remote__time_series__free_unpacked(series, NULL);
}

/* Times and values from the edges of what there is, or from anywhere. */
static int64_t
draw_time(struct draw *draw)
{
	static const int64_t edges[] = { 0, 1, -1, 127, 128, 16383, 16384,
		INT64_MAX, INT64_MIN, INT64_C(1767323045000) };

	return draw_below(draw, 2) == 0 ? edges[draw_below(draw, 10)]
					: (int64_t)draw_any(draw);
}

static uint64_t
draw_bits(struct draw *draw)
{
	static const uint64_t edges[] = {
		0,                            /* Zero: left out. */
		UINT64_C(0x3ff0000000000000), /* 1 */
		UINT64_C(0x7ff0000000000000), /* +Inf */
		UINT64_C(0xfff0000000000000), /* -Inf */
		UINT64_C(0x7ff8000000000001), /* NaN */
		UINT64_C(0x7ff0000000000002), /* The stale marker. */
		UINT64_C(0xffffffffffffffff), /* A NaN of all bits. */
		1,                            /* The smallest there is. */
	};

	return draw_below(draw, 2) == 0 ? edges[draw_below(draw, 8)]
					: draw_any(draw);
}

static void
encode_at_random(struct fixture *fixture, uint64_t seed)
{
	struct draw draw = draw_from(seed);
	unsigned int i, len = 1 + draw_below(&draw, 50);
	struct buf expected;
	uint8_t *plain;
	size_t plain_len;

	buf_init(&expected, 1 << 20);
	for (i = 0; i < len; i++) {
		const struct final *final =
		    fixture->series[draw_below(&draw, 3)];
		int64_t time = draw_time(&draw);
		uint64_t bits = draw_bits(&draw);
		size_t before = encoder_len(&fixture->encoder);

		if (bits == UINT64_C(1) << 63)
			continue; /* protobuf-c loses minus zero. */
		assert_int_equal(
		    encoder_add(&fixture->encoder, final, time, bits), 0);
		pack(&expected, final, time, bits);
		draw_check(&draw,
		    encoder_len(&fixture->encoder) - before <=
			final->packed_len + ENCODE_SAMPLE_ROOM);
	}
	plain = finish(fixture, &plain_len);
	draw_check(&draw, plain_len == expected.len);
	draw_check(&draw,
	    plain_len == 0 || memcmp(plain, expected.data, plain_len) == 0);
	free(plain);
	buf_release(&expected);
}

static void
the_bytes_are_those_of_protobuf(void **state)
{
	uint64_t count = 300, first = draw_first(&count), i;

	for (i = 0; i < count; i++)
		encode_at_random(*state, first + i);
}

static void
values_and_times_arrive_bit_by_bit(void **state)
{
	static const uint64_t values[] = {
		0,
		UINT64_C(0x8000000000000000), /* -0 */
		UINT64_C(0x7ff0000000000002),
		UINT64_C(0x7ff8000000000001),
		UINT64_C(0x7ff0000000000001), /* A signalling NaN. */
		UINT64_C(0xfff8deadbeefcafe),
	};
	static const int64_t times[] = { 0, INT64_MIN, INT64_MAX, -1,
		INT64_C(1767323045000), 1 };
	struct fixture *fixture = *state;
	Remote__WriteRequest *message;
	uint8_t *body;
	size_t i, len;

	for (i = 0; i < 6; i++)
		assert_int_equal(encoder_add(&fixture->encoder,
				     fixture->series[1], times[i], values[i]),
		    0);
	assert_int_equal(encoder_finish(&fixture->encoder, &body, &len), 0);
	message = body_unpack(body, len);
	assert_int_equal(message->n_timeseries, 6);
	for (i = 0; i < 6; i++) {
		assert_int_equal(message->timeseries[i]->n_samples, 1);
		assert_true(body_bits(message->timeseries[i]) == values[i]);
		assert_true(
		    message->timeseries[i]->samples[0]->timestamp == times[i]);
		assert_int_equal(message->timeseries[i]->n_labels, 3);
	}
	remote__write_request__free_unpacked(message, NULL);
	free(body);
}

static void
an_exemplar_and_a_histogram_follow_the_labels_of_their_series(void **state)
{
	struct fixture *fixture = *state;
	struct series_labels own = series_labels("trace_id=abc");
	const struct wal_exemplar exemplar = {
		.time = 5,
		.value = UINT64_C(0x3ff0000000000000),
		.count = own.len,
	};
	const struct wal_histogram histogram = { .time = 6, .count = 7 };
	const struct wal_histogram_list list = { .len = 0 };
	Remote__WriteRequest *message;
	uint8_t *body;
	size_t len;

	assert_int_equal(encoder_add_exemplar(&fixture->encoder,
			     fixture->series[0], &exemplar, own.labels),
	    0);
	assert_int_equal(encoder_add_histogram(&fixture->encoder,
			     fixture->series[2], &list, &histogram),
	    0);
	assert_int_equal(
	    encoder_add(&fixture->encoder, fixture->series[1], 8, 9), 0);
	assert_int_equal(encoder_finish(&fixture->encoder, &body, &len), 0);
	message = body_unpack(body, len);
	assert_int_equal(message->n_timeseries, 3);
	assert_int_equal(message->timeseries[0]->n_labels, 1);
	assert_int_equal(message->timeseries[0]->n_exemplars, 1);
	assert_int_equal(message->timeseries[0]->exemplars[0]->timestamp, 5);
	assert_int_equal(message->timeseries[1]->n_labels, 2);
	assert_int_equal(message->timeseries[1]->n_histograms, 1);
	assert_int_equal(message->timeseries[1]->histograms[0]->count_int, 7);
	assert_int_equal(message->timeseries[2]->n_samples, 1);
	remote__write_request__free_unpacked(message, NULL);
	free(body);
}

/* Labels of a mebibyte, until no more would fit. */
static void
what_does_not_fit_leaves_the_body_as_it_was(void **state)
{
	struct fixture *fixture = *state;
	char *text = malloc((1 << 20) + 1);
	Remote__WriteRequest *message;
	struct final *final;
	unsigned int i;
	uint8_t *body;
	size_t len;

	assert_non_null(text);
	memset(text, 'x', 1 << 20);
	text[1 << 20] = '\0';
	text[1] = '=';
	final = series_take(fixture->finals, text);
	free(text);
	for (i = 0; encoder_add(&fixture->encoder, final, 1, i) == 0; i++)
		;
	assert_int_equal(i, 15);
	assert_true(encoder_len(&fixture->encoder) <= ENCODE_PLAIN_MAX);
	assert_int_equal(
	    encoder_add(&fixture->encoder, fixture->series[0], 1, i), 0);
	assert_int_equal(encoder_finish(&fixture->encoder, &body, &len), 0);
	message = body_unpack(body, len);
	assert_int_equal(message->n_timeseries, 16);
	remote__write_request__free_unpacked(message, NULL);
	free(body);
}

static void
an_exemplar_too_large_is_not_added(void **state)
{
	struct fixture *fixture = *state;
	char *value = calloc(1, ENCODE_FIELD_MAX);
	const struct wal_label label = { { "a", 1 },
		{ value, ENCODE_FIELD_MAX } };
	const struct wal_exemplar exemplar = { .time = 5, .count = 1 };

	assert_non_null(value);
	assert_int_equal(encoder_add_exemplar(&fixture->encoder,
			     fixture->series[0], &exemplar, &label),
	    -1);
	assert_int_equal(encoder_len(&fixture->encoder), 0);
	assert_int_equal(
	    encoder_add(&fixture->encoder, fixture->series[0], 1, 1), 0);
	free(value);
}

static void
metadata_that_do_not_fit_are_not_added(void **state)
{
	struct fixture *fixture = *state;
	char *help = calloc(1, ENCODE_PLAIN_MAX);
	struct family family = {
		.name = { "a", 1 },
		.help = { help, ENCODE_PLAIN_MAX },
	};
	Remote__WriteRequest *message;
	uint8_t *body;
	size_t len;

	assert_non_null(help);
	assert_int_equal(encoder_add_metadata(&fixture->encoder, &family), -1);
	assert_int_equal(encoder_len(&fixture->encoder), 0);
	family.help.len = 5;
	assert_int_equal(encoder_add_metadata(&fixture->encoder, &family), 0);
	assert_int_equal(encoder_add_metadata(&fixture->encoder, &family), 0);
	free(help);
	assert_int_equal(encoder_finish(&fixture->encoder, &body, &len), 0);
	message = body_unpack(body, len);
	assert_int_equal(message->n_metadata, 2);
	assert_int_equal(message->metadata[1]->help.len, 5);
	remote__write_request__free_unpacked(message, NULL);
	free(body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(the_bytes_are_those_of_protobuf),
		TEST(values_and_times_arrive_bit_by_bit),
		TEST(
		    an_exemplar_and_a_histogram_follow_the_labels_of_their_series),
		TEST(what_does_not_fit_leaves_the_body_as_it_was),
		TEST(an_exemplar_too_large_is_not_added),
		TEST(metadata_that_do_not_fit_are_not_added),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
