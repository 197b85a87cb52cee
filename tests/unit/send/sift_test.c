/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "agent/batch/encode.h"
#include "agent/send/sift.h"
#include "tests/unit/series/body.h"
#include "tests/unit/series/series.h"

#define SERIES 4u

struct fixture {
	struct finals *finals;
	struct final *series[SERIES];
	struct encoder encoder;
	uint8_t *body;
	size_t len;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	unsigned int i;
	char text[32];

	assert_non_null(f);
	f->finals = finals_new(NULL, 0);
	for (i = 0; i < SERIES; i++) {
		(void)snprintf(text, sizeof(text), "__name__=m,s=%u", i);
		f->series[i] = series_take(f->finals, text);
		assert_non_null(f->series[i]);
	}
	encoder_init(&f->encoder);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	free(f->body);
	encoder_release(&f->encoder);
	finals_free(f->finals);
	free(f);
	return 0;
}

/* Add a sample of each digit's series, at the times 1, 2, 3, ... */
static void
make_samples(struct fixture *f, const char *digits)
{
	int64_t time = 1;

	for (; *digits != '\0'; digits++, time++)
		assert_int_equal(
		    encoder_add(&f->encoder, f->series[*digits - '0'], time,
			(uint64_t)time),
		    0);
	assert_int_equal(encoder_finish(&f->encoder, &f->body, &f->len), 0);
}

/* A sample, an exemplar, a histogram, a sample: times 1, 2, 3, 4. */
static void
make_kinds(struct fixture *f)
{
	const struct wal_exemplar exemplar = { .time = 2 };
	const struct wal_histogram_list list = { .len = 0 };
	const struct wal_histogram histogram = { .time = 3 };
	struct final *final = f->series[0];

	assert_int_equal(encoder_add(&f->encoder, final, 1, 1), 0);
	assert_int_equal(
	    encoder_add_exemplar(&f->encoder, final, &exemplar, NULL), 0);
	assert_int_equal(
	    encoder_add_histogram(&f->encoder, final, &list, &histogram), 0);
	assert_int_equal(encoder_add(&f->encoder, final, 4, 4), 0);
	assert_int_equal(encoder_finish(&f->encoder, &f->body, &f->len), 0);
}

/*
 * Two series of three samples each, in a TimeSeries each: of the digits' 0 at
 * 10, 20, 30, and of 1 at 15, 25, 35.
 */
static void
make_grouped(struct fixture *f)
{
	Remote__Label labels[2] = { REMOTE__LABEL__INIT, REMOTE__LABEL__INIT };
	Remote__Label *label_list[2][1] = { { &labels[0] }, { &labels[1] } };
	Remote__Sample samples[6], *sample_list[2][3];
	Remote__TimeSeries series[2], *series_list[2];
	Remote__WriteRequest request = REMOTE__WRITE_REQUEST__INIT;
	uint8_t name[] = "s", values[2][2] = { "0", "1" }, *plain;
	size_t len, s, i;

	for (s = 0; s < 2; s++) {
		labels[s].name = (ProtobufCBinaryData){ 1, name };
		labels[s].value = (ProtobufCBinaryData){ 1, values[s] };
		remote__time_series__init(&series[s]);
		series[s].n_labels = 1;
		series[s].labels = label_list[s];
		series[s].n_samples = 3;
		series[s].samples = sample_list[s];
		series_list[s] = &series[s];
		for (i = 0; i < 3; i++) {
			sample_list[s][i] = &samples[3 * s + i];
			remote__sample__init(sample_list[s][i]);
			sample_list[s][i]->timestamp =
			    (int64_t)(10 * (i + 1) + 5 * s);
			sample_list[s][i]->value = 1;
		}
	}
	request.n_timeseries = 2;
	request.timeseries = series_list;
	len = remote__write_request__get_packed_size(&request);
	plain = malloc(len);
	f->len = snappy_max_compressed_length(len);
	f->body = malloc(f->len);
	assert_true(plain != NULL && f->body != NULL);
	(void)remote__write_request__pack(&request, plain);
	assert_int_equal(
	    snappy_compress((char *)plain, len, (char *)f->body, &f->len),
	    SNAPPY_OK);
	free(plain);
}

/* Write to ${text} "series@time " of each entry of a request. */
static void
read_body(const struct sifted *sifted, char text[256])
{
	Remote__WriteRequest *request = body_unpack(sifted->body, sifted->len);
	Remote__TimeSeries *series;
	size_t i, j, at = 0;

#define WRITE(time_) \
	(at += (size_t)snprintf(text + at, 256 - at, "%u@%d ", \
	     body_number(series), (int)(time_)))

	text[0] = '\0';
	assert_non_null(request);
	for (i = 0; i < request->n_timeseries; i++) {
		series = request->timeseries[i];
		for (j = 0; j < series->n_samples; j++)
			WRITE(series->samples[j]->timestamp);
		for (j = 0; j < series->n_exemplars; j++)
			WRITE(series->exemplars[j]->timestamp);
		for (j = 0; j < series->n_histograms; j++)
			WRITE(series->histograms[j]->timestamp);
	}
	remote__write_request__free_unpacked(request, NULL);
}

static struct sifted
pick(struct fixture *f, struct sift_choice choice, struct sift_limits limits)
{
	struct sifted sifted;

	assert_int_equal(sift(f->body, f->len, &choice, &limits, &sifted), 0);
	return sifted;
}

/* What is picked must read ${want}. */
static void
expect(struct fixture *f, struct sift_choice choice, const char *want)
{
	struct sifted sifted =
	    pick(f, choice, (struct sift_limits)SIFT_NO_LIMITS);
	char text[256];

	read_body(&sifted, text);
	assert_string_equal(text, want);
	free(sifted.body);
}

/* The entries of ${kinds}, wherever and whenever. */
static struct sift_choice
of_kinds(unsigned int kinds)
{
	struct sift_choice choice = SIFT_ALL;

	choice.kinds = kinds;
	return choice;
}

/* The entries of places from ${first} to before ${end}. */
static struct sift_choice
of_places(uint32_t first, uint32_t end)
{
	struct sift_choice choice = SIFT_ALL;

	choice.first = first;
	choice.end = end;
	return choice;
}

static void
each_choice_of_kinds_leaves_just_those(void **state)
{
	struct fixture *f = *state;
	struct sifted sifted;

	make_kinds(f);
	expect(f, of_kinds(KIND_BIT(KEPT_SAMPLE)), "0@1 0@4 ");
	expect(f, of_kinds(KIND_BIT(KEPT_EXEMPLAR)), "0@2 ");
	expect(f, of_kinds(KIND_BIT(KEPT_HISTOGRAM)), "0@3 ");
	expect(f, of_kinds(KIND_BIT(KEPT_SAMPLE) | KIND_BIT(KEPT_HISTOGRAM)),
	    "0@1 0@3 0@4 ");
	expect(f, of_kinds(KINDS_ALL), "0@1 0@2 0@3 0@4 ");
	expect(f, of_kinds(0), "");
	sifted =
	    pick(f, of_kinds(KINDS_ALL), (struct sift_limits)SIFT_NO_LIMITS);
	assert_int_equal(sifted.counts[KEPT_SAMPLE], 2);
	assert_int_equal(sifted.counts[KEPT_EXEMPLAR], 1);
	assert_int_equal(sifted.counts[KEPT_HISTOGRAM], 1);
	free(sifted.body);
}

static void
places_go_series_by_series(void **state)
{
	struct fixture *f = *state;

	make_samples(f, "0102012");
	expect(f, of_places(0, 3), "0@1 0@3 0@5 ");
	expect(f, of_places(3, 5), "1@2 1@6 ");
	expect(f, of_places(5, UINT32_MAX), "2@4 2@7 ");
	expect(f, of_places(2, 6), "1@2 2@4 0@5 1@6 ");
	expect(f, of_places(1, 1), "");
}

static void
a_series_of_several_samples_is_cut_by_time(void **state)
{
	struct fixture *f = *state;

	make_grouped(f);
	expect(f, of_places(0, 2), "0@10 0@20 ");
	expect(f, of_places(2, 4), "0@30 1@15 ");
	expect(f, of_places(4, 6), "1@25 1@35 ");
}

static void
the_middle_parts_series_if_it_can(void **state)
{
	static const struct {
		const char *digits;
		uint32_t first, end, middle;
		bool several;
	} cases[] = {
		{ "01", 0, 2, 1, true },
		{ "0101", 0, 4, 2, true },
		{ "0001", 0, 4, 3, true },
		{ "0111", 0, 4, 1, true },
		{ "0123", 0, 4, 2, true },
		{ "0123", 1, 4, 3, true },
		{ "0000", 0, 4, 2, false },
		{ "00001", 1, 4, 2, false },
		{ "0001", 2, 4, 3, true },
		{ "000", 0, 3, 1, false },
	};
	struct fixture *f = *state;
	struct sifted sifted;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		make_samples(f, cases[i].digits);
		sifted = pick(f, of_places(cases[i].first, cases[i].end),
		    (struct sift_limits)SIFT_NO_LIMITS);
		assert_int_equal(sifted.several, cases[i].several);
		assert_int_equal(sifted.middle, cases[i].middle);
		free(sifted.body);
		free(f->body);
		f->body = NULL;
	}
}

static void
what_is_out_of_time_is_left_out_and_counted(void **state)
{
	struct fixture *f = *state;
	struct sifted sifted;
	char text[256];

	make_kinds(f);
	sifted = pick(f, of_kinds(KINDS_ALL), (struct sift_limits){ 2, 3 });
	read_body(&sifted, text);
	assert_string_equal(text, "0@2 0@3 ");
	assert_int_equal(sifted.old[KEPT_SAMPLE], 1);
	assert_int_equal(sifted.future[KEPT_SAMPLE], 1);
	assert_int_equal(sifted.old[KEPT_EXEMPLAR], 0);
	assert_int_equal(sifted.counts[KEPT_SAMPLE], 0);
	assert_int_equal(sifted.counts[KEPT_EXEMPLAR], 1);
	free(sifted.body);
	sifted =
	    pick(f, of_kinds(KINDS_ALL), (struct sift_limits){ 5, INT64_MAX });
	assert_int_equal(sifted.old[KEPT_SAMPLE], 2);
	assert_int_equal(sifted.old[KEPT_EXEMPLAR], 1);
	assert_int_equal(sifted.old[KEPT_HISTOGRAM], 1);
	read_body(&sifted, text);
	assert_string_equal(text, "");
	free(sifted.body);
}

/* So that what was dropped once is not counted again. */
static void
what_is_not_chosen_is_not_counted(void **state)
{
	struct sift_choice choice = SIFT_ALL;
	struct fixture *f = *state;
	struct sifted sifted;

	make_samples(f, "0123");
	choice.oldest = 2;
	choice.newest = 3;
	sifted = pick(f, choice, (struct sift_limits){ 3, INT64_MAX });
	assert_int_equal(sifted.old[KEPT_SAMPLE], 1);
	assert_int_equal(sifted.future[KEPT_SAMPLE], 0);
	assert_int_equal(sifted.counts[KEPT_SAMPLE], 1);
	free(sifted.body);
}

static void
the_first_series_is_described(void **state)
{
	struct fixture *f = *state;
	struct buf out;

	make_samples(f, "213");
	buf_init(&out, 64);
	sift_describe(f->body, f->len, &out);
	assert_string_equal(buf_text(&out), "{__name__=\"m\",s=\"2\"}");
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(each_choice_of_kinds_leaves_just_those),
		TEST(places_go_series_by_series),
		TEST(a_series_of_several_samples_is_cut_by_time),
		TEST(the_middle_parts_series_if_it_can),
		TEST(what_is_out_of_time_is_left_out_and_counted),
		TEST(what_is_not_chosen_is_not_counted),
		TEST(the_first_series_is_described),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
