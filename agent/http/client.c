/* SPDX-License-Identifier: Apache-2.0 */
#include <curl/curl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/http/addresses.h"
#include "agent/http/client.h"
#include "agent/http/pools.h"
#include "agent/http/resolve.h"
#include "agent/http/target.h"
#include "agent/http/transfer.h"

struct client {
	struct http http; /* At the head: what callers hold. */
	struct clock *clock;
	struct pools *pools; /* Of connections. */
	struct resolver *resolver;
	struct call *calls; /* Under way. */
	char *user_agent;
	bool library; /* libcurl has been initialised for us. */
};

struct call {
	struct http_call call; /* At the head: what callers hold. */
	struct client *client;
	enum http_method method;
	bool spread;               /* See http_request. */
	struct call *next, **link; /* In the client's list. */
	http_done_fn *done;
	void *arg;
	uint64_t posted;             /* Monotonic microseconds. */
	uint64_t deadline;           /* Likewise. */
	struct timer *timer;         /* The deadline, or sooner. */
	const char *refused;         /* Why it cannot be tried, or NULL. */
	struct resolve_query *query; /* Its addresses are being asked for. */
	bool flying;                 /* Its transfer is with libcurl. */
	bool streams;                /* HTTP/2 may be spoken. */
	struct pool *pool;           /* Whose connections it takes. */
	struct target target;
	struct hop hop;        /* By which proxy, if any. */
	struct target *nearby; /* Of the two: where the connection goes. */
	struct transfer transfer;
};

static void
unlink_call(struct call *call)
{
	if (call->link == NULL)
		return;
	*call->link = call->next;
	if (call->next != NULL)
		call->next->link = call->link;
	call->link = NULL;
}

static void
link_call(struct call *call)
{
	call->next = call->client->calls;
	call->link = &call->client->calls;
	if (call->next != NULL)
		call->next->link = &call->next;
	*call->link = call;
}

/* Stop what is under way; nothing calls back for it any more. */
static void
stop(struct call *call)
{
	resolve_cancel(call->query);
	call->query = NULL;
	if (call->flying)
		multi_remove(pool_multi(call->pool), call->transfer.easy);
	call->flying = false;
	if (call->pool != NULL)
		pool_leave(call->pool);
	call->pool = NULL;
	timer_free(call->timer);
	call->timer = NULL;
	unlink_call(call);
}

static void
call_free(struct call *call)
{
	stop(call);
	transfer_release(&call->transfer); /* It uses the others. */
	hop_release(&call->hop);
	target_release(&call->target);
	free(call);
}

/* Tell the caller how it ended. */
static void
finish(
    struct call *call, enum http_outcome outcome, bool whole, const char *error)
{
	struct response *got = &call->transfer.response;
	struct http_response response = {
		.outcome = outcome,
		.error = error,
		.body = "",
		.elapsed = clock_monotonic(call->client->clock) - call->posted,
		.resent = call->transfer.resent,
	};

	if (outcome == HTTP_ANSWERED) {
		response.status = got->status;
		response.body = buf_text(&got->body);
		response.body_len = got->body.len;
		response.whole = whole;
		response.retry_after = got->retry_after;
		response.date = got->date;
		response.location = got->location;
		response.challenge = got->challenge;
	}
	stop(call); /* What the callback does finds no trace of it. */
	call->done(call->arg, &response);
	call_free(call);
}

/* libcurl says ${code}, or that its time is up. */
static void
land(struct call *call, CURLcode code)
{
	enum http_outcome outcome = transfer_outcome(&call->transfer, code);

	if (outcome == HTTP_UNREACHED && !call->nearby->numeric)
		resolver_failed(call->client->resolver, call->nearby->host);
	/* It would stay, for others: only their answers show that it lives. */
	if (call->streams && outcome != HTTP_ANSWERED)
		pool_retire(call->pool);
	finish(call, outcome, code == CURLE_OK,
	    transfer_error(&call->transfer, code));
}

static void
on_landed(void *arg, CURL *easy, CURLcode code)
{
	char *call = NULL;

	(void)arg;
	(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &call);
	land((struct call *)(void *)call, code);
}

/* Its time is up, or it was refused when it was posted. */
static void
on_timer(void *arg)
{
	struct call *call = arg;

	if (call->refused != NULL)
		finish(call, HTTP_FAILED, false, call->refused);
	else if (call->flying)
		land(call, CURLE_OPERATION_TIMEDOUT);
	else
		finish(call, HTTP_UNRESOLVED, false,
		    "the name gave no address in time");
}

/* The verdict is known: a body that does not end must not hold it back. */
static void
on_answered(void *arg)
{
	struct call *call = arg;
	uint64_t at = clock_monotonic(call->client->clock) + CLIENT_LINGER;

	/* The answer to a GET is its body: that is worth all the time. */
	if (call->method == HTTP_POST && at < call->deadline)
		timer_set(call->timer, at);
}

/* Hand the transfer to libcurl, with the addresses to use. */
static int
launch(struct call *call, const char *addresses)
{
	struct client *client = call->client;
	uint64_t now = clock_monotonic(client->clock);
	uint64_t left = call->deadline > now ? call->deadline - now : 0;
	char one[ADDRESS_MAX];

	if (call->spread && addresses != NULL)
		addresses = addresses_pick(addresses, one);
	if (transfer_aim(&call->transfer, call->nearby, addresses, left) != 0 ||
	    multi_add(pool_multi(call->pool), call->transfer.easy) != 0)
		return -1;
	call->flying = true;
	return 0;
}

static void
on_resolved(void *arg, const char *addresses, const char *error)
{
	struct call *call = arg;
	char text[320];

	call->query = NULL; /* It has ended. */
	if (addresses == NULL) {
		(void)snprintf(text, sizeof(text), "%s%s: %s",
		    call->hop.url != NULL ? "the proxy " : "",
		    call->nearby->host, error);
		finish(call, HTTP_UNRESOLVED, false, text);
	} else if (launch(call, addresses) != 0) {
		finish(call, HTTP_FAILED, false, "no memory");
	}
}

/* Launch, at once if the addresses are known, or ask for them. */
static int
begin(struct call *call)
{
	struct resolver *resolver = call->client->resolver;
	const char *host = call->nearby->host, *addresses = NULL;

	if (call->nearby->numeric)
		return launch(call, NULL);
	if ((addresses = resolver_known(resolver, host)) != NULL)
		return launch(call, addresses);
	call->query = resolver_ask(resolver, host, on_resolved, call);
	return call->query == NULL ? -1 : 0;
}

/* A line break would let a value be a header, or a request, of its own. */
static const char *
check_headers(const char *const *header)
{
	for (; header != NULL && *header != NULL; header++)
		if (strpbrk(*header, "\r\n") != NULL)
			return "a header has a line break in it";
	return NULL;
}

static int
prepare(struct call *call, const struct http_request *request)
{
	call->refused = target_init(&call->target, request->url);
	if (call->refused == NULL)
		call->refused = hop_init(&call->hop, request->proxy);
	if (call->refused == NULL)
		call->refused = check_headers(request->headers);
	if (call->refused == NULL && request->proxy != NULL)
		call->refused = check_headers(request->proxy->headers);
	if (call->refused == NULL &&
	    (call->hop.tls || target_is_https(call->target.url)))
		call->refused = tls_fault(request->tls);
	if (call->refused != NULL) {
		timer_set(call->timer, 0); /* Never from within the post. */
		return 0;
	}
	call->nearby =
	    call->hop.url != NULL ? &call->hop.target : &call->target;
	if (transfer_init(&call->transfer, request, &call->target, &call->hop,
		call->client->user_agent) != 0 ||
	    curl_easy_setopt(call->transfer.easy, CURLOPT_PRIVATE, call) !=
		CURLE_OK ||
	    (call->pool = pools_enter(call->client->pools, request)) == NULL)
		return -1;
	call->transfer.answered = on_answered;
	call->transfer.arg = call;
	timer_set(call->timer, call->deadline);
	return begin(call);
}

static struct http_call *
start(struct http *http, const struct http_request *request, http_done_fn *done,
    void *arg)
{
	struct client *client = (struct client *)http;
	struct call *call;

	if ((call = calloc(1, sizeof(*call))) == NULL)
		return NULL;
	call->call.http = http;
	call->client = client;
	call->method = request->method;
	call->spread = request->spread;
	call->streams = request->streams != NULL;
	call->done = done;
	call->arg = arg;
	call->posted = clock_monotonic(client->clock);
	call->deadline = request->timeout < CLOCK_NEVER - 1 - call->posted
	    ? call->posted + request->timeout
	    : CLOCK_NEVER - 1;
	call->timer = timer_new(client->clock, on_timer, call);
	if (call->timer == NULL || prepare(call, request) != 0)
		goto fail;
	link_call(call);
	return &call->call;

fail:
	call_free(call);
	return NULL;
}

static void
cancel(struct http_call *call)
{
	call_free((struct call *)call);
}

static void
ignore_sigpipe(void)
{
	struct sigaction action;

	if (sigaction(SIGPIPE, NULL, &action) == 0 &&
	    action.sa_handler == SIG_DFL) {
		action.sa_handler = SIG_IGN;
		(void)sigaction(SIGPIPE, &action, NULL);
	}
}

struct http *
client_new(
    sd_event *event, struct clock *clock, const struct client_options *options)
{
	struct client *client;

	if ((client = calloc(1, sizeof(*client))) == NULL)
		return NULL;
	client->http = (struct http){ .send = start, .cancel = cancel };
	client->clock = clock;
	ignore_sigpipe();
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		goto fail;
	client->library = true;
	client->user_agent = strdup(options->user_agent);
	client->resolver = resolver_new(event, clock, options->names);
	client->pools = pools_new(
	    event, clock, options->max_connections, on_landed, client);
	if (client->user_agent == NULL || client->resolver == NULL ||
	    client->pools == NULL)
		goto fail;
	return &client->http;

fail:
	client_free(&client->http);
	return NULL;
}

void
client_free(struct http *http)
{
	struct client *client = (struct client *)http;

	if (client == NULL)
		return;
	while (client->calls != NULL)
		call_free(client->calls);
	pools_free(client->pools);
	resolver_free(client->resolver);
	free(client->user_agent);
	if (client->library)
		curl_global_cleanup();
	free(client);
}
