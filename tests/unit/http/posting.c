/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/http/posting.h"

/* A clock that shows the time since it was made, times a speed. */
struct fast_clock {
	struct clock clock;
	struct clock *real;
	uint64_t start, speed;
};

static uint64_t
fast_monotonic(struct clock *clock)
{
	struct fast_clock *fast = (struct fast_clock *)clock;

	return fast->start +
	    fast->speed * (clock_monotonic(fast->real) - fast->start);
}

static int64_t
fast_wall(struct clock *clock)
{
	return clock_wall(((struct fast_clock *)clock)->real);
}

/* Timers are the real clock's, but set through this one. */
struct fast_timer {
	struct timer timer;
	struct timer *real;
};

static struct timer *
fast_timer_new(struct clock *clock, clock_fire_fn *fire, void *arg)
{
	struct fast_clock *fast = (struct fast_clock *)clock;
	struct fast_timer *timer = calloc(1, sizeof(*timer));

	assert_non_null(timer);
	timer->timer.clock = clock;
	timer->real = timer_new(fast->real, fire, arg);
	assert_non_null(timer->real);
	return &timer->timer;
}

static void
fast_timer_set(struct timer *timer, uint64_t at)
{
	struct fast_clock *fast = (struct fast_clock *)timer->clock;

	if (at != CLOCK_NEVER && at > fast->start)
		at = fast->start + (at - fast->start) / fast->speed + 1;
	timer_set(((struct fast_timer *)timer)->real, at);
}

static void
fast_timer_free(struct timer *timer)
{
	timer_free(((struct fast_timer *)timer)->real);
	free(timer);
}

static struct clock *
fast_clock_new(struct clock *real, uint64_t speed)
{
	struct fast_clock *fast = calloc(1, sizeof(*fast));

	assert_non_null(fast);
	fast->clock = (struct clock){ fast_wall, fast_monotonic, fast_timer_new,
		fast_timer_set, fast_timer_free };
	fast->real = real;
	fast->start = clock_monotonic(real);
	fast->speed = speed;
	return &fast->clock;
}

static int
begin(void **state, uint64_t speed)
{
	struct posting *p = calloc(1, sizeof(*p));
	struct client_options options = { .user_agent = "walship/test",
		.max_connections = POSTING_CONNECTIONS };

	assert_non_null(p);
	assert_true(sd_event_new(&p->event) >= 0);
	p->real = loop_clock_new(p->event);
	assert_non_null(p->real);
	p->clock = fast_clock_new(p->real, speed);
	(void)snprintf(
	    p->conf, sizeof(p->conf), "posting.%ld.conf", (long)getpid());
	names_conf(p->conf, "127.0.0.1");
	p->names = names_start("127.0.0.1", 0,
	    (struct names_answer){ NAMES_ANSWER, "127.0.0.1", NULL, 0 });
	p->source.resolv_conf = p->conf;
	p->source.port = names_port(p->names);
	options.names = &p->source;
	p->http = client_new(p->event, p->clock, &options);
	assert_non_null(p->http);
	*state = p;
	return 0;
}

int
posting_setup(void **state)
{
	return begin(state, 1);
}

int
posting_setup_fast(void **state)
{
	return begin(state, 50);
}

int
posting_setup_racing(void **state)
{
	return begin(state, 3000);
}

int
posting_teardown(void **state)
{
	struct posting *p = *state;

	client_free(p->http);
	server_stop(p->server);
	names_stop(p->names);
	(void)unlink(p->conf);
	free(p->clock);
	loop_clock_free(p->real);
	sd_event_unref(p->event);
	free(p);
	return 0;
}

void
posting_serve(struct posting *p, const struct server_reply *replies, size_t n)
{
	p->server = server_start("127.0.0.1", 0, replies, n);
	(void)snprintf(p->url, sizeof(p->url), "http://127.0.0.1:%u/api",
	    (unsigned)server_port(p->server));
}

static void
copy(char *to, size_t size, const char *from)
{
	(void)snprintf(to, size, "%s", from == NULL ? "(none)" : from);
}

static void
on_done(void *arg, const struct http_response *response)
{
	struct got *got = arg;

	got->calls++;
	got->call = NULL;
	got->outcome = response->outcome;
	got->status = response->status;
	got->body_len = response->body_len;
	got->elapsed = response->elapsed;
	got->resent = response->resent;
	assert_true(response->body_len <= HTTP_BODY_MAX);
	memcpy(got->body, response->body, response->body_len + 1);
	copy(got->error, sizeof(got->error), response->error);
	copy(got->retry_after, sizeof(got->retry_after), response->retry_after);
	copy(got->date, sizeof(got->date), response->date);
	copy(got->location, sizeof(got->location), response->location);
	if (got->then != NULL)
		got->then(got);
}

void
posting_begin(
    struct posting *p, struct got *got, const char *url, unsigned msec)
{
	const struct http_request request = {
		.url = url,
		.headers =
		    (const char *const[]){ "X-One: 1", "X-Two: 2", NULL },
		.body = "hello",
		.body_len = 5,
		.timeout = msec * CLOCK_MSEC,
		.proxy = p->proxy,
		.spread = p->spread,
	};

	got->p = p;
	got->call = http_post(p->http, &request, on_done, got);
	assert_non_null(got->call);
	assert_int_equal(got->calls, 0);
}

void
posting_await(struct got *got)
{
	uint64_t end = clock_monotonic(got->p->real) + 10 * CLOCK_SEC;

	while (got->calls == 0 && clock_monotonic(got->p->real) < end)
		assert_true(sd_event_run(got->p->event, CLOCK_SEC) >= 0);
	assert_int_equal(got->calls, 1);
}

void
posting_post(struct posting *p, struct got *got)
{
	memset(got, 0, sizeof(*got));
	posting_begin(p, got, p->url, 2000);
	posting_await(got);
}

void
posting_answer(
    struct posting *p, struct got *got, const char *text, enum server_then then)
{
	static struct server_reply reply;

	reply = (struct server_reply){ .text = text, .then = then };
	posting_serve(p, &reply, 1);
	posting_post(p, got);
}

void
posting_expect_status(const struct got *got, int status)
{
	assert_int_equal(got->outcome, HTTP_ANSWERED);
	assert_int_equal(got->status, status);
	assert_string_equal(got->error, "");
}

void
posting_expect_failure(const struct got *got, enum http_outcome outcome)
{
	assert_int_equal(got->outcome, outcome);
	assert_int_equal(got->status, 0);
	assert_int_equal(got->body_len, 0);
	assert_true(got->error[0] != '\0');
}

void
posting_run(struct posting *p, unsigned msec)
{
	uint64_t end = clock_monotonic(p->real) + msec * CLOCK_MSEC, now;

	while ((now = clock_monotonic(p->real)) < end)
		assert_true(sd_event_run(p->event, end - now) >= 0);
}

void
posting_expect_from(struct posting *p, const char *host,
    enum http_outcome outcome, struct got *got)
{
	char url[512];

	memset(got, 0, sizeof(*got));
	(void)snprintf(url, sizeof(url), "http://u:hush@%s:%u/api?sig=hush",
	    host, (unsigned)server_port(p->server));
	posting_begin(p, got, url, 3000);
	posting_await(got);
	assert_int_equal(got->outcome, outcome);
	assert_null(strstr(got->error, "hush"));
	if (outcome == HTTP_ANSWERED)
		assert_string_equal(got->error, "");
	else
		assert_true(got->error[0] != '\0');
}
