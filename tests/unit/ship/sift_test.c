/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <snappy-c.h>

#include "agent/series/remote.pb-c.h"
#include "agent/ship/encode.h"
#include "agent/ship/sift.h"
#include "tests/unit/series/series.h"

struct fixture {
	struct labelsets *sets;
	struct finals *finals;
	struct final *final;
	uint8_t *body; /* sample, exemplar, histogram, sample. */
	size_t len;
};

static int
set_up(void **state)
{
	const struct wal_exemplar exemplar = { .time = 2 };
	const struct wal_histogram_list list = { .len = 0 };
	const struct wal_histogram histogram = { .time = 3 };
	struct fixture *f = calloc(1, sizeof(*f));
	struct encoder encoder;

	assert_non_null(f);
	f->sets = labelsets_new();
	f->finals = finals_new(f->sets, NULL, 0);
	f->final = series_take(f->finals, "__name__=m,job=j");
	assert_non_null(f->final);
	encoder_init(&encoder);
	assert_int_equal(encoder_add(&encoder, f->final, 1, 1), 0);
	assert_int_equal(
	    encoder_add_exemplar(&encoder, f->final, &exemplar, NULL), 0);
	assert_int_equal(
	    encoder_add_histogram(&encoder, f->final, &list, &histogram), 0);
	assert_int_equal(encoder_add(&encoder, f->final, 4, 4), 0);
	assert_int_equal(encoder_finish(&encoder, &f->body, &f->len), 0);
	encoder_release(&encoder);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	free(f->body);
	finals_drop(f->finals, f->final);
	finals_free(f->finals);
	labelsets_free(f->sets);
	free(f);
	return 0;
}

/* What a request says; to be freed by remote__write_request__free_unpacked. */
static Remote__WriteRequest *
read_request(const uint8_t *body, size_t len)
{
	Remote__WriteRequest *request;
	size_t plain_len = 0;
	char *plain;

	assert_int_equal(
	    snappy_uncompressed_length((const char *)body, len, &plain_len),
	    SNAPPY_OK);
	plain = malloc(plain_len + 1);
	assert_non_null(plain);
	assert_int_equal(
	    snappy_uncompress((const char *)body, len, plain, &plain_len),
	    SNAPPY_OK);
	request = remote__write_request__unpack(
	    NULL, plain_len, (const uint8_t *)plain);
	assert_non_null(request);
	free(plain);
	return request;
}

/* How many samples, exemplars and histograms sifting ${kinds} leaves. */
static void
expect(struct fixture *f, unsigned int kinds, const size_t counts[3])
{
	size_t got[3] = { 0 }, i, len;
	Remote__WriteRequest *request;
	uint8_t *body;

	assert_int_equal(sift(f->body, f->len, kinds, &body, &len), 0);
	request = read_request(body, len);
	for (i = 0; i < request->n_timeseries; i++) {
		assert_int_equal(request->timeseries[i]->n_labels, 2);
		got[0] += request->timeseries[i]->n_samples;
		got[1] += request->timeseries[i]->n_exemplars;
		got[2] += request->timeseries[i]->n_histograms;
	}
	assert_int_equal(request->n_timeseries, got[0] + got[1] + got[2]);
	for (i = 0; i < 3; i++)
		assert_int_equal(got[i], counts[i]);
	remote__write_request__free_unpacked(request, NULL);
	free(body);
}

static void
each_choice_of_kinds_leaves_just_those(void **state)
{
	struct fixture *f = *state;

	expect(f, SIFT_SAMPLES, (size_t[]){ 2, 0, 0 });
	expect(f, SIFT_EXEMPLARS, (size_t[]){ 0, 1, 0 });
	expect(f, SIFT_HISTOGRAMS, (size_t[]){ 0, 0, 1 });
	expect(f, SIFT_SAMPLES | SIFT_HISTOGRAMS, (size_t[]){ 2, 0, 1 });
	expect(f, SIFT_SAMPLES | SIFT_EXEMPLARS | SIFT_HISTOGRAMS,
	    (size_t[]){ 2, 1, 1 });
	expect(f, 0, (size_t[]){ 0, 0, 0 });
}

static void
order_and_values_stay(void **state)
{
	struct fixture *f = *state;
	Remote__WriteRequest *request;
	uint8_t *body;
	size_t len;

	assert_int_equal(sift(f->body, f->len, SIFT_SAMPLES, &body, &len), 0);
	request = read_request(body, len);
	assert_int_equal(request->timeseries[0]->samples[0]->timestamp, 1);
	assert_int_equal(request->timeseries[1]->samples[0]->timestamp, 4);
	remote__write_request__free_unpacked(request, NULL);
	free(body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    each_choice_of_kinds_leaves_just_those, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    order_and_values_stay, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
