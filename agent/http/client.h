/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/http/client.h - HTTP by libcurl's multi interface on the loop.
 *
 * Names are resolved by agent/http/resolve.h and handed to libcurl as
 * addresses, so that its resolver thread is never started.  Connections are
 * kept alive and shared by requests that go the same way; see pools.h.
 * Redirects are never followed here.
 */
#ifndef AGENT_HTTP_CLIENT_H
#define AGENT_HTTP_CLIENT_H

#include <systemd/sd-event.h>

#include "agent/base/clock.h"
#include "agent/http/http.h"
#include "agent/http/resolve.h"

struct client_options {
	const char *user_agent; /* Sent with each request. */
	long max_connections;   /* Idle ones kept of each way; above 0. */
	const struct resolve_source *names; /* NULL: those of the machine. */
};

/* How long the rest of an answer to a POST is waited for after its status. */
#define CLIENT_LINGER (5 * CLOCK_SEC)

/**
 * client_new(event, clock, options):
 * Return a client on ${event} and ${clock}, which must outlive it, as must
 * the names in ${options}; NULL if there is no memory or libcurl or c-ares
 * fails to start.  The result is used through agent/http/http.h.
 *
 * If SIGPIPE has its default action, the process ignores it from now on: a
 * TLS connection that the peer has closed would raise it.
 */
struct http *client_new(
    sd_event *event, struct clock *clock, const struct client_options *options);

/**
 * Cancel every call, close every connection, free.  Not from a callback of a
 * call.  Do nothing to NULL.
 */
void client_free(struct http *http);

#endif /* AGENT_HTTP_CLIENT_H */
