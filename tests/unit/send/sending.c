/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "agent/base/log.h"
#include "tests/unit/send/sending.h"
#include "tests/unit/series/body.h"
#include "tests/unit/series/series.h"

static struct sim_answer
begin(void *arg, uint64_t number, const struct http_request *request)
{
	struct sending *f = arg;
	const char *const *line = request->headers;
	Remote__WriteRequest *message;
	struct sim_answer answer;
	struct seen *seen;
	size_t i;

	if (f->other != NULL && f->other(f->other_arg, request, &answer))
		return answer;
	seen = &f->seen[f->seen_len++];
	assert_true(f->seen_len < SENDING_REQUESTS);
	message = body_unpack(request->body, request->body_len);
	*seen = (struct seen){ .at = sim_now(f->sim) };
	for (i = 0; i < message->n_timeseries; i++) {
		seen->samples += message->timeseries[i]->n_samples;
		if (message->timeseries[i]->n_samples > 0)
			seen->series |= UINT64_C(1)
			    << body_number(message->timeseries[i]);
		seen->exemplars += message->timeseries[i]->n_exemplars;
		seen->histograms += message->timeseries[i]->n_histograms;
	}
	remote__write_request__free_unpacked(message, NULL);
	for (; *line != NULL; line++)
		if (strncmp(*line, "Retry-", 6) == 0)
			(void)snprintf(
			    seen->retry, sizeof(seen->retry), "%s", *line);
	seen->bytes = request->body_len;
	(void)snprintf(seen->url, sizeof(seen->url), "%s", request->url);
	answer = number < f->script_len ? f->script[number] : f->always;
	if (f->judge != NULL && answer.outcome == HTTP_ANSWERED &&
	    answer.status == 200)
		answer = f->judge(f, seen);
	return answer;
}

/* Nobody keeps a position. */
static void
launch(void *arg, struct range *range)
{
	struct sending *f = arg;

	assert_ptr_equal(range, &f->range);
	assert_true(range->launched);
}

static void
settled(void *arg, struct range *range)
{
	struct sending *f = arg;

	assert_ptr_equal(range, &f->range);
	f->range.unsettled--;
	sender_fly(f->sender);
}

static char url[] = "http://receiver/write";
static char shown_url[] = SENDING_SHOWN;
static char name[] = "receiver";

struct sending *
sending_new(void)
{
	struct sending *f = calloc(1, sizeof(*f));
	unsigned int i;
	char text[16];

	assert_non_null(f);
	log_init(LOG_ERROR, LOG_LOGFMT);
	f->sim = sim_new(&(struct sim_receiver){ begin, NULL, f });
	f->finals = finals_new(NULL, 0);
	for (i = 0; i < SENDING_SERIES; i++) {
		(void)snprintf(text, sizeof(text), "s=%u", i);
		f->series[i] = series_take(f->finals, text);
	}
	f->stats = stats_new();
	window_init(&f->window);
	encoder_init(&f->encoder);
	f->remote = (struct config_remote){
		.url = url,
		.shown_url = shown_url,
		.name = name,
		.remote_timeout = 30 * CLOCK_SEC,
		.follow_redirects = true,
		.hold = { .statuses = { 401, 403 }, .len = 2 },
		.queue = {
			.max_shards = 8,
			.max_samples_per_send = 2000,
			.min_backoff = 30 * CLOCK_MSEC,
			.max_backoff = 5 * CLOCK_SEC,
			.retry_on_http_429 = true,
		},
	};
	f->always = (struct sim_answer)SENDING_OK;
	assert_int_equal(
	    meters_init(&f->meters, f->stats, "receiver", "url"), 0);
	return f;
}

void
sending_start(struct sending *f, const struct sim_answer *script, size_t len)
{
	f->script = script;
	f->script_len = len;
	f->sender = sender_new(&(struct sender_options){
	    .clock = sim_clock(f->sim),
	    .http = sim_http(f->sim),
	    .window = &f->window,
	    .remote = &f->remote,
	    .meters = &f->meters,
	    .catchup = &f->catchup,
	    .launch = launch,
	    .settled = settled,
	    .arg = f,
	});
	assert_non_null(f->sender);
}

void
sending_free(struct sending *f)
{
	sender_free(f->sender);
	window_release(&f->window);
	encoder_release(&f->encoder);
	meters_release(&f->meters);
	stats_free(f->stats);
	finals_free(f->finals);
	sim_free(f->sim);
	free(f);
}

struct batch *
sending_put(struct sending *f, unsigned int first, unsigned int len)
{
	struct batch *batch = sending_put_at(f, first, len, 5000);

	batch->newest = 5000 + first;
	return batch;
}

struct batch *
sending_put_at(
    struct sending *f, unsigned int first, unsigned int len, int64_t time)
{
	struct batch *batch = window_open(&f->window);
	unsigned int i;

	assert_non_null(batch);
	batch->range = &f->range;
	batch->samples = len;
	batch->oldest = time;
	batch->newest = time + (int64_t)len - 1;
	f->range.unsettled++;
	for (i = first; i < first + len; i++) {
		assert_int_equal(encoder_add(&f->encoder, f->series[i],
				     time + (int64_t)(i - first), i),
		    0);
		window_hold(&f->window, batch, f->series[i]);
	}
	assert_int_equal(
	    encoder_finish(&f->encoder, &batch->body, &batch->body_len), 0);
	window_close(batch);
	return batch;
}

struct batch *
sending_put_all_kinds(struct sending *f)
{
	const struct wal_exemplar exemplar = { .time = 1 };
	const struct wal_histogram histogram = { .time = 1 };
	const struct wal_histogram_list list = { .len = 0 };
	struct batch *batch = window_open(&f->window);

	batch->range = &f->range;
	batch->samples = batch->exemplars = batch->histograms = 1;
	f->range.unsettled++;
	assert_int_equal(encoder_add(&f->encoder, f->series[0], 1, 1), 0);
	assert_int_equal(
	    encoder_add_exemplar(&f->encoder, f->series[0], &exemplar, NULL),
	    0);
	assert_int_equal(
	    encoder_add_histogram(&f->encoder, f->series[1], &list, &histogram),
	    0);
	assert_int_equal(
	    encoder_finish(&f->encoder, &batch->body, &batch->body_len), 0);
	window_close(batch);
	return batch;
}

void
sending_expect(const struct stat *stat, double want)
{
	if (stat_value(stat) != want) /* Whole numbers. */
		fail_msg("%g is not %g", stat_value(stat), want);
}

void
sending_warm_up(struct sending *f)
{
	unsigned int i;

	for (i = 0; i < 60; i++)
		(void)sending_put(f, i, 1);
	sender_fly(f->sender);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->range.unsettled, 0);
	sender_measure(f->sender);
	sending_expect(f->meters.shards, 8);
}
