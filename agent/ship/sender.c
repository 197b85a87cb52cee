/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/backoff.h"
#include "agent/base/log.h"
#include "agent/ship/headers.h"
#include "agent/ship/pace.h"
#include "agent/ship/sender.h"
#include "agent/ship/sift.h"
#include "agent/ship/verdict.h"

/* What an answer is about, for the callback. */
struct flight {
	struct sender *sender;
	struct batch *batch;
};

struct sender {
	struct sender_options options;
	struct headers headers;
	struct verdict_rules rules;
	struct pace pace;
	struct backoff backoff;
	struct timer *timer; /* Fires when a batch's wait, or ours, is over. */

	unsigned int failures; /* In a row, each begun after the last ended: */
	uint64_t failed;       /* which was then. */
	uint64_t resume;       /* Nothing is sent before, by our backoff, */
	uint64_t paused;       /* nor before this, by someone's word, */
	uint64_t asked;        /* given then. */
	uint64_t troubled;     /* Since when; 0: all is well. */
	bool said;             /* That there is trouble, to the log. */
	struct log_gate gate;
	struct flight flights[WINDOW_SLOTS];
};

static uint64_t
now_of(const struct sender *sender)
{
	return clock_monotonic(sender->options.clock);
}

/* Whether the URL holds credentials: userinfo before the host. */
static bool
has_userinfo(const char *url)
{
	const char *host = strstr(url, "://");
	size_t len;

	if (host == NULL)
		return false;
	len = strcspn(host + 3, "/?#");
	return memchr(host + 3, '@', len) != NULL;
}

static void
fire(void *arg)
{
	sender_fly(arg);
}

struct sender *
sender_new(const struct sender_options *options)
{
	const struct config_remote *remote = options->remote;
	struct sender *sender;

	if ((sender = calloc(1, sizeof(*sender))) == NULL)
		return NULL;
	sender->options = *options;
	sender->rules.retry_429 = remote->queue.retry_on_http_429;
	sender->rules.authenticated =
	    remote->headers_len > 0 || has_userinfo(remote->url);
	pace_init(&sender->pace,
	    remote->queue.max_shards < WINDOW_SLOTS ? remote->queue.max_shards
						    : WINDOW_SLOTS);
	sender->backoff.min = remote->queue.min_backoff;
	sender->backoff.max = remote->queue.max_backoff;
	sender->backoff.random = (uint64_t)clock_wall(options->clock);
	sender->timer = timer_new(options->clock, fire, sender);
	if (sender->timer == NULL ||
	    headers_init(&sender->headers, remote) != 0) {
		sender_free(sender);
		return NULL;
	}
	return sender;
}

void
sender_free(struct sender *sender)
{
	struct window *window;
	unsigned int i;

	if (sender == NULL)
		return;
	window = sender->options.window;
	for (i = 0; i < WINDOW_SLOTS; i++)
		if (window->slots[i].state == BATCH_FLYING)
			http_cancel(window->slots[i].call);
	timer_free(sender->timer);
	headers_release(&sender->headers);
	free(sender);
}

/* Say that it goes wrong, now and then; the words are the receiver's. */
static void
complain(struct sender *sender, const char *what,
    const struct http_response *response)
{
	uint64_t now = now_of(sender), hidden;
	size_t len = response->body_len;

	if (sender->troubled == 0)
		sender->troubled = now;
	if (!log_gate_open(&sender->gate, now, SENDER_LOG_PERIOD, &hidden))
		return;
	sender->said = true;
	if (len > SENDER_BODY_LOGGED)
		len = SENDER_BODY_LOGGED;
	log_warn(what, LOG_STR("remote", sender->options.remote->name),
	    LOG_STR("url", sender->options.remote->shown_url),
	    LOG_INT("status", response->status),
	    LOG_STR("err", response->error),
	    LOG_BYTES("body", response->body, len),
	    LOG_STR("location",
		response->location != NULL ? response->location : ""),
	    LOG_UINT("unsaid", hidden));
}

/* What of ${batch} is in its present body. */
static struct batch
aboard(const struct batch *batch)
{
	struct batch part = *batch;

	if (batch->later != NULL)
		part.histograms = 0;
	return part;
}

/* A request of ${batch} is made. */
static void
count_attempt(struct meters *meters, const struct batch *batch)
{
	struct batch part = aboard(batch);

	stat_add(meters->kinds[KEPT_SAMPLE].total, part.samples);
	stat_add(meters->kinds[KEPT_EXEMPLAR].total, part.exemplars);
	stat_add(meters->kinds[KEPT_HISTOGRAM].total, part.histograms);
}

/* The last request of ${batch} has to be made again. */
static void
count_retry(struct meters *meters, const struct batch *batch)
{
	struct batch part = aboard(batch);

	stat_add(meters->kinds[KEPT_SAMPLE].retried, part.samples);
	stat_add(meters->kinds[KEPT_EXEMPLAR].retried, part.exemplars);
	stat_add(meters->kinds[KEPT_HISTOGRAM].retried, part.histograms);
}

/* What the last request of ${batch} held was refused. */
static void
count_failure(struct meters *meters, const struct batch *batch)
{
	struct batch part = aboard(batch);

	stat_add(meters->kinds[KEPT_SAMPLE].failed, part.samples);
	stat_add(meters->kinds[KEPT_EXEMPLAR].failed, part.exemplars);
	stat_add(meters->kinds[KEPT_HISTOGRAM].failed, part.histograms);
}

/* The batch has reached its end, the one way or the other. */
static void
settle(struct sender *sender, struct batch *batch)
{
	struct meters *meters = sender->options.meters;
	struct range *range = batch->range;
	double newest = (double)batch->newest / 1000;

	if (newest > stat_value(meters->highest_sent))
		stat_set(meters->highest_sent, newest);
	window_settle(sender->options.window, batch);
	sender->options.settled(sender->options.arg, range);
}

/* The present body of ${batch} is done with: the later one, if any, is next. */
static void
go_on(struct sender *sender, struct batch *batch)
{
	stat_add(sender->options.meters->bytes, (double)batch->body_len);
	if (batch->later == NULL) {
		settle(sender, batch);
		return;
	}
	free(batch->body);
	batch->body = batch->later;
	batch->body_len = batch->later_len;
	batch->later = NULL;
	batch->samples = 0;
	batch->attempts = 0;
	window_retry(sender->options.window, batch, 0);
}

/* Whether all that may fly does, and more is waiting. */
static bool
pressed(const struct sender *sender)
{
	const struct window *window = sender->options.window;
	unsigned int i;

	if (window->flying < pace_limit(&sender->pace))
		return false;
	for (i = 0; i < WINDOW_SLOTS; i++)
		if (window->slots[i].state == BATCH_WAITING)
			return true;
	return false;
}

/* It goes well; say so if the last that was said is that it does not. */
static void
recover(struct sender *sender)
{
	sender->failures = 0;
	sender->resume = 0;
	if (sender->said)
		log_info("delivering again",
		    LOG_STR("remote", sender->options.remote->name),
		    LOG_UINT("after_seconds",
			(now_of(sender) - sender->troubled) / CLOCK_SEC));
	sender->said = false;
	sender->troubled = 0;
}

static void
deliver(struct sender *sender, struct batch *batch)
{
	/* One sent before a pause was asked for says nothing against it. */
	if (batch->sent >= sender->asked) {
		pace_success(&sender->pace, pressed(sender));
		recover(sender);
	}
	go_on(sender, batch);
}

/* The attempt failed in a way that may pass. */
static void
retry(struct sender *sender, struct batch *batch)
{
	uint64_t now = now_of(sender), wait;

	count_retry(sender->options.meters, batch);
	pace_failure(&sender->pace);
	if (batch->sent >= sender->failed)
		sender->failures++;
	sender->failed = now;
	wait = backoff_wait(&sender->backoff, batch->attempts);
	window_retry(sender->options.window, batch, now + wait);
	if (sender->failures > 1) {
		wait = backoff_wait(&sender->backoff, sender->failures);
		sender->resume = now + wait;
	}
}

/* The receiver, or a person, needs ${wait} microseconds. */
static void
pause_all(struct sender *sender, struct batch *batch, uint64_t wait)
{
	uint64_t now = now_of(sender), until = now + wait;

	count_retry(sender->options.meters, batch);
	pace_probe(&sender->pace);
	window_retry(sender->options.window, batch, until);
	sender->asked = now;
	if (sender->paused < until)
		sender->paused = until;
}

/* Put ${kinds} of ${batch} alone into a body in its place; -1: no memory. */
static int
reduce(struct batch *batch, unsigned int kinds)
{
	uint8_t *body;
	size_t len;

	if (sift(batch->body, batch->body_len, kinds, &body, &len) != 0)
		return -1;
	free(batch->body);
	batch->body = body;
	batch->body_len = len;
	return 0;
}

/* Leave the exemplars out, if there are others: no sample is lost by them. */
static bool
leave_exemplars(struct sender *sender, struct batch *batch)
{
	if (batch->exemplars == 0 || batch->samples + batch->histograms == 0 ||
	    reduce(batch, SIFT_SAMPLES | SIFT_HISTOGRAMS) != 0)
		return false;
	stat_add(sender->options.meters->kinds[KEPT_EXEMPLAR].failed,
	    batch->exemplars);
	batch->exemplars = 0;
	return true;
}

/* Have histograms sent apart, after the samples, if there are both. */
static bool
part_histograms(struct batch *batch)
{
	if (batch->samples == 0 || batch->histograms == 0 ||
	    batch->exemplars > 0 || batch->later != NULL ||
	    sift(batch->body, batch->body_len, SIFT_HISTOGRAMS, &batch->later,
		&batch->later_len) != 0)
		return false;
	if (reduce(batch, SIFT_SAMPLES) == 0)
		return true;
	free(batch->later);
	batch->later = NULL;
	return false;
}

static void
refuse(struct sender *sender, struct batch *batch)
{
	sender->failures = 0;
	if (leave_exemplars(sender, batch) || part_histograms(batch)) {
		count_retry(sender->options.meters, batch);
		window_retry(sender->options.window, batch, 0);
		return;
	}
	count_failure(sender->options.meters, batch);
	go_on(sender, batch);
}

static void
answered(void *arg, const struct http_response *response)
{
	struct flight *flight = arg;
	struct sender *sender = flight->sender;
	struct batch *batch = flight->batch;
	struct verdict next = verdict(
	    response, &sender->rules, clock_wall(sender->options.clock));

	batch->call = NULL;
	meters_answer(sender->options.meters, response->status);
	stat_observe(
	    sender->options.meters->duration, (double)response->elapsed / 1e6);
	switch (next.step) {
	case STEP_DELIVERED:
		deliver(sender, batch);
		break;
	case STEP_RETRY:
		complain(sender, "cannot deliver, retrying", response);
		retry(sender, batch);
		break;
	case STEP_PAUSE:
		complain(sender, "receiver asks for a pause", response);
		if (next.pause == 0)
			next.pause =
			    backoff_wait(&sender->backoff, batch->attempts);
		pause_all(sender, batch, next.pause);
		break;
	case STEP_HOLD:
		complain(sender,
		    response->status < 400
			? "receiver answers with a redirect, which is not "
			  "followed: holding; set url to its target"
			: "receiver does not accept who we are: holding; check "
			  "the credentials and their rights",
		    response);
		pause_all(sender, batch, SENDER_HOLD);
		break;
	case STEP_REFUSED:
		complain(sender, "receiver refused samples, dropped", response);
		refuse(sender, batch);
		break;
	}
	sender_fly(sender);
}

/* Put ${batch} on the wire. */
static void
post(struct sender *sender, struct batch *batch)
{
	struct flight *flight = &sender->flights[batch->id % WINDOW_SLOTS];
	uint64_t now = now_of(sender);
	struct http_request request = {
		.url = sender->options.remote->url,
		.headers = headers_lines(&sender->headers, batch->attempts),
		.body = batch->body,
		.body_len = batch->body_len,
		.timeout = sender->options.remote->remote_timeout,
	};

	if (!batch->range->launched) {
		batch->range->launched = true;
		sender->options.launch(sender->options.arg, batch->range);
	}
	count_attempt(sender->options.meters, batch);
	*flight = (struct flight){ sender, batch };
	window_fly(sender->options.window, batch, now);
	batch->call =
	    http_post(sender->options.http, &request, answered, flight);
	if (batch->call == NULL) {
		complain(sender, "cannot begin a request, retrying",
		    &(struct http_response){
			.error = "out of memory",
			.body = "",
		    });
		retry(sender, batch);
	}
}

/* Before which nothing is sent. */
static uint64_t
wait_until(const struct sender *sender)
{
	return sender->resume > sender->paused ? sender->resume
					       : sender->paused;
}

void
sender_fly(struct sender *sender)
{
	struct window *window = sender->options.window;
	uint64_t now = now_of(sender), wake = CLOCK_NEVER;
	struct batch *batch;

	while (now >= wait_until(sender) &&
	    window->flying < pace_limit(&sender->pace) &&
	    (batch = window_next(window, now, &wake)) != NULL)
		post(sender, batch);
	if (now < wait_until(sender))
		wake = wait_until(sender);
	timer_set(sender->timer, window->used > 0 ? wake : CLOCK_NEVER);
}

void
sender_hurry(struct sender *sender)
{
	struct window *window = sender->options.window;
	unsigned int i;

	for (i = 0; i < WINDOW_SLOTS; i++)
		window->slots[i].not_before = 0;
	sender->resume = sender->paused = 0;
	sender_fly(sender);
}

void
sender_measure(struct sender *sender)
{
	struct meters *meters = sender->options.meters;
	const struct window *window = sender->options.window;
	unsigned int i, desired = window->flying;

	for (i = 0; i < WINDOW_SLOTS; i++)
		desired += window->slots[i].state == BATCH_WAITING &&
		    window->slots[i].after == 0;
	stat_set(meters->shards, pace_limit(&sender->pace));
	stat_set(meters->shards_max, sender->pace.max);
	stat_set(meters->shards_min, 1);
	stat_set(meters->shard_capacity,
	    sender->options.remote->queue.max_samples_per_send);
	stat_set(meters->shards_desired, desired > 0 ? desired : 1);
}
