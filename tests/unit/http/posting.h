/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/http/posting.h - a client on a real loop, the server that it
 * talks to, and what came of its requests.
 */
#ifndef TESTS_UNIT_HTTP_POSTING_H
#define TESTS_UNIT_HTTP_POSTING_H

#include <systemd/sd-event.h>

#include "agent/base/loop.h"
#include "agent/http/client.h"
#include "tests/unit/http/names.h"
#include "tests/unit/http/server.h"

#define POSTING_CONNECTIONS 4 /* Idle ones that the client keeps. */

struct posting {
	sd_event *event;
	struct clock *real;
	struct clock *clock; /* What the client has; runs ${speed} times. */
	struct http *http;
	struct server *server; /* NULL until posting_serve. */
	char url[256];         /* Of the server, by its address. */
	char conf[64];
	struct resolve_source source;
	bool spread;                    /* Of each request. */
	const struct http_proxy *proxy; /* By which requests go; NULL. */
	struct names *names; /* All names are 127.0.0.1 until it is told. */
};

/* How a request ended. */
struct got {
	struct posting *p;
	struct http_call *call;
	unsigned calls; /* Times that it was called back. */
	enum http_outcome outcome;
	int status;
	char error[256], retry_after[64], date[64], location[64];
	char body[HTTP_BODY_MAX + 1];
	size_t body_len;
	uint64_t elapsed;
	bool resent;
	void (*then)(struct got *got); /* At the end of the callback. */
	void *then_arg;
};

/* Fixtures of cmocka; the state is a struct posting. */
int posting_setup(void **state);
int posting_setup_fast(void **state); /* Its clock runs fifty times as fast. */
int posting_setup_racing(void **state); /* Three thousand times. */
int posting_teardown(void **state);

/* Start the server; see server_start. */
void posting_serve(
    struct posting *p, const struct server_reply *replies, size_t n);

/* POST "hello" to ${url}, to be told to ${got}, within ${msec}. */
void posting_begin(
    struct posting *p, struct got *got, const char *url, unsigned msec);

/* Turn the loop until it is told; fail if that takes ten seconds. */
void posting_await(struct got *got);

/* Both, to the server, within two seconds. */
void posting_post(struct posting *p, struct got *got);

/* Have the server answer ${text} and then do ${then}, and POST once. */
void posting_answer(struct posting *p, struct got *got, const char *text,
    enum server_then then);

/* Expect an answer, without a word; or ${outcome}, with a word on it. */
void posting_expect_status(const struct got *got, int status);
void posting_expect_failure(const struct got *got, enum http_outcome outcome);

/* POST to ${host} at the port of the server; expect ${outcome}. */
void posting_expect_from(struct posting *p, const char *host,
    enum http_outcome outcome, struct got *got);

/* Turn the loop for ${msec}. */
void posting_run(struct posting *p, unsigned msec);

#endif /* TESTS_UNIT_HTTP_POSTING_H */
