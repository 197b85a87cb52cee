/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/route.h - by which proxy a request goes, if by any.
 *
 * By the one that is configured; or by those of the environment, which is
 * looked at once: HTTP_PROXY for http, HTTPS_PROXY for https, not for what
 * NO_PROXY names; in small letters if not in capitals; or by that of Azure
 * Arc's agent, as it is at the time.
 */
#ifndef AGENT_AUTH_ROUTE_H
#define AGENT_AUTH_ROUTE_H

#include "agent/auth/arc_proxy.h"
#include "agent/config/config.h"
#include "agent/http/http.h"

struct route {
	char *http_url, *https_url; /* Of the proxy for each; NULL: none. */
	char *bypass;               /* See bypass.h; NULL: not even those. */
	char **headers;             /* "Name: value"; NULL at the end. */
	bool from_arc;              /* The rest is as that says. */
	struct arc_proxy arc;
	struct http_proxy http, https;
};

/**
 * route_init(route, config):
 * Take what ${config} says, which need not outlive it.  Return -1 if there is
 * no memory; to be released in any case.
 */
int route_init(struct route *route, const struct config_proxy *config);

/**
 * route_find(route, url, now, ret):
 * Store in ${ret} the proxy of a request for ${url} at ${now}, monotonic
 * microseconds, valid until the next call; NULL: none.  Return why that cannot
 * be told, and what to do, or NULL.
 */
const char *route_find(struct route *route, const char *url, uint64_t now,
    const struct http_proxy **ret);

/* Wipe and free what it holds. */
void route_release(struct route *route);

#endif /* AGENT_AUTH_ROUTE_H */
