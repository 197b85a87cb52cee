/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "agent/http/sink.h"

#define STATUS 204

struct sink {
	struct http http; /* At the head: what callers hold. */
	struct clock *clock;
};

struct call {
	struct http_call call; /* Likewise. */
	struct timer *timer;
	http_done_fn *done;
	void *arg;
};

static void
end(struct call *call)
{
	timer_free(call->timer);
	free(call);
}

static void
answer(void *arg)
{
	static const struct http_response response = {
		.outcome = HTTP_ANSWERED,
		.status = STATUS,
		.error = "",
		.body = "",
		.whole = true,
	};
	struct call *call = arg;
	http_done_fn *done = call->done;
	void *whose = call->arg;

	end(call);
	done(whose, &response);
}

static struct http_call *
take(struct http *http, const struct http_request *request, http_done_fn *done,
    void *arg)
{
	struct sink *sink = (struct sink *)http;
	struct call *call = malloc(sizeof(*call));

	(void)request;
	if (call == NULL)
		return NULL;
	*call = (struct call){ .call = { http }, .done = done, .arg = arg };
	if ((call->timer = timer_new(sink->clock, answer, call)) == NULL) {
		free(call);
		return NULL;
	}
	timer_set(call->timer, 0);
	return &call->call;
}

static void
cancel(struct http_call *call)
{
	end((struct call *)call);
}

struct http *
sink_new(struct clock *clock)
{
	struct sink *sink = malloc(sizeof(*sink));

	if (sink == NULL)
		return NULL;
	*sink = (struct sink){ .http = { take, cancel }, .clock = clock };
	return &sink->http;
}

void
sink_free(struct http *http)
{
	free(http);
}
