/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "agent/config/url.h"
#include "agent/send/complaint.h"
#include "agent/send/headers.h"
#include "agent/send/offset.h"
#include "agent/send/pace.h"
#include "agent/send/redirect.h"
#include "agent/send/sender.h"
#include "agent/send/trip.h"
#include "agent/send/verdict.h"
#include "agent/send/waits.h"

/* A batch on its way, for the callback. */
struct flight {
	struct sender *sender;
	struct trip trip;
};

struct sender {
	struct sender_options options;
	struct headers headers;
	struct verdict_rules rules;
	struct pace pace;
	struct waits waits;
	struct offset offset;
	int64_t before;      /* Nothing is sent from then; see sender_skip. */
	struct timer *timer; /* Fires when a batch's wait, or ours, is over. */

	uint64_t accepted; /* Requests, of all batches. */
	struct complaint complaint;
	struct flight flights[WINDOW_SLOTS];
};

static uint64_t
now_of(const struct sender *sender)
{
	return clock_monotonic(sender->options.clock);
}

int64_t
sender_wall(const struct sender *sender)
{
	struct clock *clock = sender->options.clock;

	return clock_wall(clock) + offset_ms(&sender->offset, clock);
}

static void
fire(void *arg)
{
	sender_fly(arg);
}

/* Take from the configuration what goes for every request. */
static void
configure(struct sender *sender)
{
	const struct config_remote *remote = sender->options.remote;

	sender->rules = verdict_rules_of(remote);
	sender->complaint.remote = remote;
	sender->complaint.clock = sender->options.clock;
}

/* Begin as to a receiver of which nothing is known. */
static void
meet(struct sender *sender)
{
	const struct config_remote *remote = sender->options.remote;

	pace_init(&sender->pace, pace_ceiling(remote));
	waits_init(&sender->waits, remote,
	    (uint64_t)clock_wall(sender->options.clock) ^
		(uint64_t)sender->options.host << 32);
	sender->offset = (struct offset){ 0 };
}

struct sender *
sender_new(const struct sender_options *options)
{
	struct sender *sender;

	if ((sender = calloc(1, sizeof(*sender))) == NULL)
		return NULL;
	sender->options = *options;
	sender->before = INT64_MIN;
	configure(sender);
	meet(sender);
	sender->timer = timer_new(options->clock, fire, sender);
	if (sender->timer == NULL ||
	    headers_init(&sender->headers, options->remote) != 0) {
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
	for (i = 0; i < WINDOW_SLOTS; i++) {
		if (window->slots[i].state == BATCH_FLYING)
			http_cancel(window->slots[i].call);
		trip_end(&sender->flights[i].trip);
	}
	timer_free(sender->timer);
	headers_release(&sender->headers);
	free(sender);
}

/* Take ${batch} off the wire; the receiver may have it all the same. */
static void
recall(struct sender *sender, struct batch *batch)
{
	http_cancel(batch->call);
	trip_doubt(&sender->flights[batch->id % WINDOW_SLOTS].trip);
	trip_again(&sender->flights[batch->id % WINDOW_SLOTS].trip);
	window_retry(sender->options.window, batch, 0);
}

int
sender_tune(struct sender *sender, const struct config_remote *remote,
    struct http *http)
{
	bool same = url_same_place(sender->options.remote->url, remote->url);
	struct window *window = sender->options.window;
	struct headers headers;
	unsigned int i;

	if (headers_init(&headers, remote) != 0) {
		headers_release(&headers);
		return -1;
	}
	headers_release(&sender->headers);
	sender->headers = headers;
	for (i = 0; i < WINDOW_SLOTS; i++)
		if (window->slots[i].state == BATCH_FLYING)
			recall(sender, &window->slots[i]);
	window_hurry(window);
	sender->options.remote = remote;
	sender->options.http = http;
	configure(sender);
	if (!same) {
		meet(sender);
		return 0;
	}
	pace_tune(&sender->pace, pace_ceiling(remote));
	waits_tune(&sender->waits, remote, now_of(sender));
	return 0;
}

/* The batch has reached its end, the one way or the other. */
static void
settle(struct sender *sender, struct trip *trip)
{
	struct meters *meters = sender->options.meters;
	struct batch *batch = trip->batch;
	struct range *range = batch->range;
	double newest = (double)batch->newest / 1000;

	if (newest > stat_value(meters->highest_sent))
		stat_set(meters->highest_sent, newest);
	trip_end(trip);
	window_settle(sender->options.window, batch);
	sender->options.settled(sender->options.arg, range);
}

/* A part of the batch is settled, or cut: what is left of it is next. */
static void
go_on(struct sender *sender, struct trip *trip)
{
	trip->batch->attempts = 0;
	if (trip->parts.len == 0)
		settle(sender, trip);
	else
		window_retry(sender->options.window, trip->batch,
		    trip->searched
			? waits_search(&sender->waits, now_of(sender))
			: 0);
}

static void
deliver(struct sender *sender, struct trip *trip)
{
	sender->accepted++;
	/* One sent before a pause was asked for says nothing against it. */
	if (waits_accepted(&sender->waits, trip->batch)) {
		pace_success(&sender->pace,
		    window_pressed(
			sender->options.window, pace_limit(&sender->pace)));
		complaint_end(&sender->complaint);
	}
	catchup_spend(sender->options.catchup, trip->batch, trip_entries(trip),
	    sender_wall(sender), now_of(sender));
	trip_accepted(trip);
	go_on(sender, trip);
}

/* The attempt failed in a way that may pass. */
static void
retry(struct sender *sender, struct trip *trip)
{
	trip_again(trip);
	pace_failure(&sender->pace);
	window_retry(sender->options.window, trip->batch,
	    waits_failed(&sender->waits, trip->batch, now_of(sender)));
}

/* Nothing is sent for a while, and then one request. */
static void
pause_all(struct sender *sender, struct trip *trip, uint64_t until)
{
	trip_again(trip);
	pace_probe(&sender->pace);
	window_retry(sender->options.window, trip->batch, until);
}

/* The request is refused as it is: send it in pieces, cut by ${piece}. */
static void
cut(struct sender *sender, struct trip *trip, int (*piece)(struct trip *trip))
{
	if (piece(trip) != 0) {
		retry(sender, trip);
		return;
	}
	waits_refused(&sender->waits);
	trip->searched |= piece == trip_search;
	trip_again(trip);
	go_on(sender, trip);
}

static void
give_up(struct sender *sender, struct trip *trip, enum fail_reason reason,
    const struct http_response *response)
{
	complaint_drop(&sender->complaint, reason, trip, response);
	waits_refused(&sender->waits);
	trip_give_up(trip, reason);
	go_on(sender, trip);
}

static void launch(struct sender *sender, struct trip *trip);

/* What the answer asks for, to a request of this batch. */
static struct verdict
judge(struct sender *sender, struct trip *trip,
    const struct http_response *response, const char *target)
{
	struct verdict_history history =
	    trip_history(trip, sender->options.remote->spread);

	history.target = target != NULL;
	if (response->status >= 500)
		history.poison =
		    trip_failed(trip, sender->accepted, now_of(sender));
	else
		parts_answered(&trip->parts);
	return verdict(response, &sender->rules, &history, sender_wall(sender));
}

/* Do what ${next} says; what it follows to, if it does, is ${target}. */
static void
act(struct sender *sender, struct trip *trip, const struct verdict *next,
    const struct http_response *response, char *target)
{
	struct complaint *complaint = &sender->complaint;
	uint64_t now = now_of(sender);

	switch (next->step) {
	case STEP_DELIVERED:
		deliver(sender, trip);
		break;
	case STEP_RETRY:
		complaint_make(complaint, "cannot deliver, retrying", response);
		retry(sender, trip);
		break;
	case STEP_PAUSE:
		complaint_make(
		    complaint, "receiver asks for a pause", response);
		pause_all(sender, trip,
		    waits_throttled(
			&sender->waits, trip->batch, next->pause, now));
		break;
	case STEP_HOLD:
		complaint_hold(complaint, response);
		pause_all(
		    sender, trip, waits_held(&sender->waits, trip->batch, now));
		break;
	case STEP_FOLLOW:
		trip_follow(trip, target);
		launch(sender, trip);
		break;
	case STEP_DIVIDE:
		complaint_divide(complaint, response);
		cut(sender, trip, trip_divide);
		break;
	case STEP_HALVE:
		complaint_halve(complaint, response);
		cut(sender, trip,
		    response->status == 413 ? trip_halve : trip_search);
		break;
	case STEP_GIVE_UP:
		give_up(sender, trip, next->reason, response);
		break;
	}
}

static void
answered(void *arg, const struct http_response *response)
{
	struct flight *flight = arg;
	struct sender *sender = flight->sender;
	struct trip *trip = &flight->trip;
	char *target = redirect_of(sender->options.remote, trip->target,
	    trip->followed, response->location);
	struct verdict next;

	trip->batch->call = NULL;
	meters_answer(sender->options.meters, response->status);
	stat_observe(
	    sender->options.meters->duration, (double)response->elapsed / 1e6);
	offset_note(&sender->offset, sender->options.clock, response->date,
	    response->elapsed);
	if (verdict_suspects(response))
		trip_doubt(trip);
	next = judge(sender, trip, response, target);
	act(sender, trip, &next, response, target);
	if (next.step != STEP_FOLLOW)
		free(target);
	sender_fly(sender);
}

/* Post the request that is loaded. */
static void
launch(struct sender *sender, struct trip *trip)
{
	const struct config_remote *remote = sender->options.remote;
	struct batch *batch = trip->batch;
	struct flight *flight = &sender->flights[batch->id % WINDOW_SLOTS];
	struct http_request request = {
		.url = trip->target != NULL ? trip->target : remote->url,
		.headers = headers_lines(&sender->headers, batch->attempts - 1),
		.body = trip->load.body,
		.body_len = trip->load.len,
		.timeout = remote->remote_timeout,
	};

	flight->sender = sender;
	batch->call =
	    http_post(sender->options.http, &request, answered, flight);
	if (batch->call == NULL) {
		complaint_starved(&sender->complaint);
		retry(sender, trip);
	}
}

/* Put ${batch} on the wire. */
static void
post(struct sender *sender, struct batch *batch)
{
	struct trip *trip = &sender->flights[batch->id % WINDOW_SLOTS].trip;
	uint64_t now = now_of(sender);
	struct trip_limits limits = trip_limits_of(
	    sender->options.remote, sender_wall(sender), sender->before);
	enum trip_state state = TRIP_NOMEM;

	offset_widen(&sender->offset, sender->options.clock, &limits.times);
	window_fly(sender->options.window, batch, now);
	if (trip->batch != NULL ||
	    trip_begin(trip, batch, sender->options.meters) == 0)
		state = trip_load(trip, &limits);
	complaint_untimely(&sender->complaint, trip->untimely);
	trip->untimely = 0;
	switch (state) {
	case TRIP_READY:
		if (!batch->range->launched) {
			batch->range->launched = true;
			sender->options.launch(
			    sender->options.arg, batch->range);
		}
		trip_count_attempt(trip);
		throttle_spend(
		    &sender->waits.throttle, trip_entries(trip), now);
		launch(sender, trip);
		break;
	case TRIP_OVER:
		settle(sender, trip);
		break;
	case TRIP_NOMEM:
		window_retry(
		    sender->options.window, batch, now + SENDER_NOMEM_WAIT);
		break;
	}
}

/* Before when nothing is sent, ${batch} being the next. */
static uint64_t
may_fly_at(struct sender *sender, const struct batch *batch, uint64_t now)
{
	uint64_t until = waits_until(&sender->waits, now);
	uint64_t due = catchup_until(
	    sender->options.catchup, batch, sender_wall(sender), now);

	return due > until ? due : until;
}

void
sender_fly(struct sender *sender)
{
	struct window *window = sender->options.window;
	uint64_t now = now_of(sender), wake = CLOCK_NEVER, until;
	struct batch *batch;

	while (window->flying < pace_limit(&sender->pace) &&
	    (batch = window_next(window, now, &wake)) != NULL) {
		if (now < (until = may_fly_at(sender, batch, now))) {
			wake = until;
			break;
		}
		post(sender, batch);
		if (now_of(sender) - now > SENDER_TURN) {
			wake = 0;
			break;
		}
	}
	timer_set(sender->timer, window->used > 0 ? wake : CLOCK_NEVER);
}

void
sender_skip(struct sender *sender, int64_t before)
{
	struct batch *batch;
	uint64_t id = 0;

	sender->before = before;
	while (
	    (batch = window_stale(sender->options.window, before, &id)) != NULL)
		post(sender, batch);
}

void
sender_spend(struct sender *sender, uint32_t entries)
{
	throttle_spend(&sender->waits.throttle, entries, now_of(sender));
}

bool
sender_throttled(const struct sender *sender)
{
	return throttle_active(&sender->waits.throttle, now_of(sender));
}

bool
sender_waits(const struct sender *sender)
{
	return waits_paused(
	    &sender->waits, now_of(sender), sender->options.window->flying > 0);
}

void
sender_hurry(struct sender *sender)
{
	window_hurry(sender->options.window);
	waits_forget(&sender->waits);
	sender_fly(sender);
}

struct sender_view
sender_look(const struct sender *sender)
{
	return (struct sender_view){
		.complaint = &sender->complaint,
		.waits = &sender->waits,
		.allowed = pace_limit(&sender->pace),
		.offset = offset_ms(&sender->offset, sender->options.clock),
	};
}

void
sender_measure(struct sender *sender)
{
	struct meters *meters = sender->options.meters;

	pace_measure(&sender->pace, sender->options.window, meters);
	stat_set(meters->clock_offset,
	    (double)offset_ms(&sender->offset, sender->options.clock) / 1000);
	stat_set(meters->shard_capacity,
	    sender->options.remote->queue.max_samples_per_send);
}
