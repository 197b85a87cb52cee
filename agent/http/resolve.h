/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/http/resolve.h - names to addresses by c-ares on the loop.
 *
 * Answers are kept for their time to live, held within RESOLVE_TTL_MIN and
 * RESOLVE_TTL_MAX.  An answer that has run out is still given while a new one
 * is asked for and if none can be had: an address that worked is better than
 * none.  It is then asked for again RESOLVE_TTL_MIN later.  At most
 * RESOLVE_NAMES_MAX names are kept.  A name server that leaves questions for
 * IPv6 without an answer does not hide its answer for IPv4.
 */
#ifndef AGENT_HTTP_RESOLVE_H
#define AGENT_HTTP_RESOLVE_H

#include <stdint.h>
#include <systemd/sd-event.h>

#include "agent/base/clock.h"

#define RESOLVE_TTL_MIN (5 * CLOCK_SEC)
#define RESOLVE_TTL_MAX (300 * CLOCK_SEC)
#define RESOLVE_TIMEOUT (5 * CLOCK_SEC) /* For all servers and tries. */
#define RESOLVE_ALONE (2 * CLOCK_SEC)   /* Then IPv4 is asked for alone too. */
#define RESOLVE_NAMES_MAX 256u
#define RESOLVE_ADDRESSES_MAX 16u /* Of one name; the rest is left out. */

struct resolver;
struct resolve_query;

/* Where names are asked for, in place of /etc/resolv.conf; for tests. */
struct resolve_source {
	const char *resolv_conf; /* Path. */
	uint16_t port;           /* Of each name server in it. */
};

/**
 * Called from the loop, once: ${addresses} is "192.0.2.1,[2001:db8::1]", in
 * the form of CURLOPT_RESOLVE, or NULL with ${error} for a person.  Both are
 * valid only during the call.
 */
typedef void resolve_done_fn(
    void *arg, const char *addresses, const char *error);

/**
 * resolver_new(event, clock, source):
 * Return a resolver that asks the name servers of ${source}, which must
 * outlive it, or, if that is NULL, of this machine; and follows its
 * resolv.conf when it changes.  NULL if there is no memory or c-ares fails to
 * start.
 */
struct resolver *resolver_new(
    sd_event *event, struct clock *clock, const struct resolve_source *source);

/**
 * Every query must have ended or been cancelled, and no callback of one may
 * be running.  Do nothing to NULL.
 */
void resolver_free(struct resolver *resolver);

/**
 * resolver_known(resolver, host):
 * The addresses known for ${host}, starting to ask anew if their time has run
 * out; NULL if none are.  Valid until the next turn of the loop.
 */
const char *resolver_known(struct resolver *resolver, const char *host);

/**
 * resolver_ask(resolver, host, done, arg):
 * Ask for the addresses of ${host}.  ${done} is never called from within.
 * Questions for one name that is being asked for share one answer, and an
 * answer whose time has not run out answers without one.  Return NULL, calling
 * nothing, if there is no memory or all names kept are being asked for.
 */
struct resolve_query *resolver_ask(struct resolver *resolver, const char *host,
    resolve_done_fn *done, void *arg);

/* End ${query} without calling back.  Do nothing to NULL. */
void resolve_cancel(struct resolve_query *query);

/**
 * resolver_failed(resolver, host):
 * The addresses known for ${host} could not be connected to: have the next
 * resolver_known ask anew.
 */
void resolver_failed(struct resolver *resolver, const char *host);

#endif /* AGENT_HTTP_RESOLVE_H */
