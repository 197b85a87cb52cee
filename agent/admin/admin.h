/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/admin/admin.h - the HTTP server that operators and Prometheus ask.
 *
 *   GET /metrics     the registry, in Prometheus's text format
 *   GET /-/healthy   200 while the loop turns
 *   GET /-/ready     200 once ready, 503 before; the body says how far
 *   GET /            how the agent stands, to those whom pages.h trusts;
 *                    to others, the addresses above
 *   POST /-/reload   reload the configuration, if that is allowed
 *   GET /api/v1/status  the same as JSON, to those alone
 *
 * Over TLS, and to those alone who show who they are, if webfile.h says so.
 * libmicrohttpd, driven by the loop, answering nothing that takes long, to as
 * many connections and for as long as guests.h says.
 */
#ifndef AGENT_ADMIN_ADMIN_H
#define AGENT_ADMIN_ADMIN_H

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "agent/admin/overview.h"
#include "agent/admin/pages.h"
#include "agent/admin/webfile.h"
#include "agent/base/buf.h"
#include "agent/base/clock.h"
#include "agent/base/stats.h"

#define ADMIN_RETRY (5 * CLOCK_SEC) /* Between tries to bind. */

struct admin;

struct admin_options {
	const char *listen_address; /* "127.0.0.1:9795", "[::1]:0"; copied */
	struct stats *stats;        /* Must outlive the server. */
	struct webfile *web;        /* A share is kept; NULL: none. */
	/* Whether ready; appends to ${why} a sentence of how far it is. */
	bool (*ready)(void *arg, struct buf *why);
	/* How the agent stands, valid during the call; NULL: nobody is told. */
	const struct overview *(*overview)(void *arg);
	/* Reload, and append to ${report} what came of it; NULL: never. */
	enum pages_reload (*reload)(void *arg, struct buf *report);
	void *arg;
};

/**
 * admin_new(event, clock, options):
 * Serve on ${event}.  An address that cannot be bound is logged once, said
 * again at most once a minute, and tried every ADMIN_RETRY until it can.  The
 * address really bound, with its port, is logged.  Return NULL if there is no
 * memory.
 */
struct admin *admin_new(
    sd_event *event, struct clock *clock, const struct admin_options *options);

/**
 * admin_use(admin, web):
 * Have ${web}, of which a share is kept, say from now on who may ask, and how.
 * Connections there are end, after an answer if there was none yet.
 */
void admin_use(struct admin *admin, struct webfile *web);

/* Close the server and its connections at once.  Do nothing to NULL. */
void admin_free(struct admin *admin);

#endif /* AGENT_ADMIN_ADMIN_H */
