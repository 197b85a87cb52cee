/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "agent/base/date.h"
#include "agent/send/errand.h"
#include "agent/send/redirect.h"
#include "agent/send/verdict.h"

static const struct http_response no_memory = {
	.outcome = HTTP_FAILED,
	.error = "out of memory",
	.body = "",
};

/* The next request begins at the receiver's own URL. */
static void
forget_target(struct errand *errand)
{
	free(errand->target);
	errand->target = NULL;
	errand->followed = 0;
}

static void
finish(struct errand *errand, const struct http_response *response)
{
	forget_target(errand);
	errand->done(errand->arg, response);
}

static void send(struct errand *errand);

/* Go where ${response} leads, if we do; as samples would. */
static bool
follow(struct errand *errand, const struct http_response *response)
{
	char *target;

	if (response->outcome != HTTP_ANSWERED ||
	    !verdict_redirects(response->status))
		return false;
	target = redirect_of(errand->remote, errand->target, errand->followed,
	    response->location);
	if (target == NULL)
		return false;
	free(errand->target);
	errand->target = target;
	errand->followed++;
	send(errand);
	return true;
}

static void
answered(void *arg, const struct http_response *response)
{
	struct errand *errand = arg;

	errand->call = NULL; /* It has ended. */
	if (!follow(errand, response))
		finish(errand, response);
}

/* Have the lines of headers; -1: no memory. */
static int
make_headers(struct errand *errand)
{
	if (errand->headers.lines != NULL ||
	    headers_init(&errand->headers, errand->remote) == 0)
		return 0;
	headers_release(&errand->headers);
	return -1;
}

static void
send(struct errand *errand)
{
	struct http_request request = {
		.url = errand->target != NULL ? errand->target
					      : errand->remote->url,
		.body = errand->body,
		.body_len = errand->body_len,
		.timeout = errand->remote->remote_timeout,
	};

	if (make_headers(errand) == 0) {
		request.headers =
		    headers_lines(&errand->headers, errand->tries);
		errand->call =
		    http_post(errand->http, &request, answered, errand);
	}
	if (errand->call == NULL)
		finish(errand, &no_memory);
}

void
errand_run(
    struct errand *errand, const uint8_t *body, size_t len, unsigned int tries)
{
	errand->body = body;
	errand->body_len = len;
	errand->tries = tries;
	send(errand);
}

bool
errand_runs(const struct errand *errand)
{
	return errand->call != NULL;
}

void
errand_cancel(struct errand *errand)
{
	http_cancel(errand->call);
	errand->call = NULL;
	forget_target(errand);
}

void
errand_tune(struct errand *errand, const struct config_remote *remote,
    struct http *http)
{
	headers_release(&errand->headers);
	errand->remote = remote;
	errand->http = http;
}

void
errand_release(struct errand *errand)
{
	errand_cancel(errand);
	headers_release(&errand->headers);
}

bool
errand_accepted(const struct http_response *response)
{
	return response->outcome == HTTP_ANSWERED && response->status < 300;
}

bool
errand_may_pass(const struct http_response *response)
{
	return response->outcome != HTTP_ANSWERED || response->status >= 500 ||
	    response->status == 408 || response->status == 429;
}

uint64_t
errand_asked(const struct http_response *response, struct clock *clock)
{
	if (response->retry_after == NULL)
		return 0;
	return date_retry_after(response->retry_after, clock_wall(clock));
}
