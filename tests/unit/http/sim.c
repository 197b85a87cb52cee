/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/http/sim.h"

/* What happens at a time: at the head of a timer or a call. */
struct event {
	uint64_t at;   /* CLOCK_NEVER: not for now. */
	uint64_t turn; /* Of two at one time the one set first goes first. */
	struct event *next;
	void (*happen)(struct event *event);
};

struct sim_timer {
	struct timer timer;
	struct event event;
	clock_fire_fn *fire;
	void *arg;
};

struct sim_call {
	struct http_call call;
	struct event event;
	uint64_t number;
	http_done_fn *done;
	void *arg;
	struct http_response response;
};

struct sim {
	struct clock clock;
	struct http http;
	struct sim_receiver receiver;
	uint64_t now;
	int64_t wall; /* When now is zero. */
	uint64_t turns;
	uint64_t requests;
	unsigned int flying;
	unsigned int starving;
	struct event *events;
};

#define HOLDER(type_, member_, pointer_) \
	((type_ *)(void *)((char *)(pointer_)-offsetof(type_, member_)))

static struct sim *
of_clock(struct clock *clock)
{
	return HOLDER(struct sim, clock, clock);
}

static struct sim *
of_http(struct http *http)
{
	return HOLDER(struct sim, http, http);
}

/* Put ${event} into the list, to happen at ${at}. */
static void
add_event(struct sim *sim, struct event *event, uint64_t at)
{
	event->at = at;
	event->turn = sim->turns++;
	event->next = sim->events;
	sim->events = event;
}

static void
remove_event(struct sim *sim, struct event *event)
{
	struct event **link = &sim->events;

	while (*link != event)
		link = &(*link)->next;
	*link = event->next;
}

static int64_t
wall(struct clock *clock)
{
	struct sim *sim = of_clock(clock);

	return sim->wall + (int64_t)(sim->now / CLOCK_MSEC);
}

static uint64_t
monotonic(struct clock *clock)
{
	return of_clock(clock)->now;
}

static void
fire(struct event *event)
{
	struct sim_timer *timer = HOLDER(struct sim_timer, event, event);

	event->at = CLOCK_NEVER;
	timer->fire(timer->arg);
}

static struct timer *
make_timer(struct clock *clock, clock_fire_fn *fn, void *arg)
{
	struct sim_timer *timer = calloc(1, sizeof(*timer));

	if (timer == NULL)
		return NULL;
	timer->timer.clock = clock;
	timer->event.happen = fire;
	timer->fire = fn;
	timer->arg = arg;
	add_event(of_clock(clock), &timer->event, CLOCK_NEVER);
	return &timer->timer;
}

static void
set_timer(struct timer *timer, uint64_t at)
{
	struct event *event = &HOLDER(struct sim_timer, timer, timer)->event;
	struct sim *sim = of_clock(timer->clock);

	event->at = at < sim->now ? sim->now : at;
	event->turn = sim->turns++;
}

static void
free_timer(struct timer *timer)
{
	struct sim_timer *own = HOLDER(struct sim_timer, timer, timer);

	remove_event(of_clock(timer->clock), &own->event);
	free(own);
}

static void
end_call(struct event *event)
{
	struct sim_call *call = HOLDER(struct sim_call, event, event);
	struct sim *sim = of_http(call->call.http);

	remove_event(sim, event);
	sim->flying--;
	if (sim->receiver.end != NULL)
		sim->receiver.end(
		    sim->receiver.arg, call->number, &call->response);
	call->done(call->arg, &call->response);
	free(call);
}

/* The response that ${answer} to a request of ${timeout} amounts to. */
static struct http_response
response_of(struct sim_answer answer, uint64_t timeout)
{
	struct http_response response = {
		.outcome = answer.outcome,
		.error = answer.outcome == HTTP_ANSWERED ? "" : "made up",
		.body = answer.body != NULL ? answer.body : "",
		.elapsed = answer.latency,
	};

	if (answer.latency > timeout) {
		response.outcome = HTTP_TIMED_OUT;
		response.error = "made up: too late";
		response.elapsed = timeout;
	} else if (answer.outcome == HTTP_ANSWERED) {
		response.status = answer.status;
		response.retry_after = answer.retry_after;
		response.location = answer.location;
		response.date = answer.date;
		response.challenge = answer.challenge;
		response.whole = !answer.cut;
	}
	response.body_len = strlen(response.body);
	return response;
}

static struct http_call *
begin_call(struct http *http, const struct http_request *request,
    http_done_fn *done, void *arg)
{
	struct sim *sim = of_http(http);
	struct sim_call *call;

	if (sim->starving > 0) {
		sim->starving--;
		return NULL;
	}
	call = calloc(1, sizeof(*call));
	assert(call != NULL);
	call->call.http = http;
	call->event.happen = end_call;
	call->number = sim->requests++;
	call->done = done;
	call->arg = arg;
	sim->flying++;
	call->response = response_of(
	    sim->receiver.begin(sim->receiver.arg, call->number, request),
	    request->timeout);
	add_event(sim, &call->event, sim->now + call->response.elapsed);
	return &call->call;
}

static void
cancel(struct http_call *http_call)
{
	struct sim_call *call = HOLDER(struct sim_call, call, http_call);
	struct sim *sim = of_http(http_call->http);

	remove_event(sim, &call->event);
	sim->flying--;
	free(call);
}

struct sim *
sim_new(const struct sim_receiver *receiver)
{
	struct sim *sim = calloc(1, sizeof(*sim));

	assert(sim != NULL);
	sim->clock = (struct clock){ wall, monotonic, make_timer, set_timer,
		free_timer };
	sim->http = (struct http){ begin_call, cancel };
	sim->receiver = *receiver;
	sim->now = SIM_START;
	sim->wall = SIM_WALL - (int64_t)(SIM_START / CLOCK_MSEC);
	return sim;
}

void
sim_free(struct sim *sim)
{
	assert(sim->events == NULL);
	free(sim);
}

struct clock *
sim_clock(struct sim *sim)
{
	return &sim->clock;
}

struct http *
sim_http(struct sim *sim)
{
	return &sim->http;
}

uint64_t
sim_now(const struct sim *sim)
{
	return sim->now;
}

void
sim_jump(struct sim *sim, int64_t ms)
{
	sim->wall += ms;
}

void
sim_starve(struct sim *sim, unsigned int count)
{
	sim->starving = count;
}

uint64_t
sim_requests(const struct sim *sim)
{
	return sim->requests;
}

unsigned int
sim_flying(const struct sim *sim)
{
	return sim->flying;
}

/* The event whose turn is next, or NULL. */
static struct event *
first_event(const struct sim *sim)
{
	struct event *event, *first = NULL;

	for (event = sim->events; event != NULL; event = event->next)
		if (event->at != CLOCK_NEVER &&
		    (first == NULL || event->at < first->at ||
			(event->at == first->at && event->turn < first->turn)))
			first = event;
	return first;
}

uint64_t
sim_next(const struct sim *sim)
{
	const struct event *event = first_event(sim);

	return event != NULL ? event->at : CLOCK_NEVER;
}

bool
sim_step(struct sim *sim)
{
	struct event *event = first_event(sim);

	if (event == NULL)
		return false;
	sim->now = event->at;
	event->happen(event);
	return true;
}

uint64_t
sim_run(struct sim *sim, uint64_t time)
{
	uint64_t until = sim->now + time, events = 0;

	for (; sim_next(sim) <= until && sim_step(sim); events++)
		;
	sim->now = until;
	return events;
}
