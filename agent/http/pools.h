/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/http/pools.h - which requests may share connections.
 *
 * libcurl uses a connection again for any request to the same host and port
 * by the same proxy; that is not enough.  A tunnel was opened with some user
 * and headers, TLS with some certificate and authorities; and what goes over
 * one connection of HTTP/2 at a time waits for each other.  So there is a pool
 * of connections, a multi handle of its own, for each way to go that requests
 * name, and each request takes a connection of its own pool only.
 *
 * A pool serves for POOL_LIFE, so that a change of addresses is followed
 * however busy its connections are, and libcurl is not asked how old they are:
 * of a connection with several requests it closes none.
 */
#ifndef AGENT_HTTP_POOLS_H
#define AGENT_HTTP_POOLS_H

#include <systemd/sd-event.h>

#include "agent/base/clock.h"
#include "agent/http/http.h"
#include "agent/http/multi.h"

#define POOL_LIFE (300 * CLOCK_SEC) /* After it, it takes no more requests. */

struct pools;
struct pool;

/**
 * pools_new(event, clock, max_connections, done, arg):
 * Return what has no pool yet.  Each is to keep ${max_connections} idle
 * connections, and tells of the end of its transfers by ${done}(${arg}, ...):
 * see multi_new.  NULL if there is no memory.
 */
struct pools *pools_new(sd_event *event, struct clock *clock,
    long max_connections, multi_done_fn *done, void *arg);

/* Close all connections, and free; no request is in.  Do nothing to NULL. */
void pools_free(struct pools *pools);

/**
 * pools_enter(pools, request):
 * The pool of those who go the way of ${request}, which is in until pool_leave;
 * NULL if there is no memory.
 */
struct pool *pools_enter(
    struct pools *pools, const struct http_request *request);

/* Where the connections of ${pool} are. */
struct multi *pool_multi(struct pool *pool);

/**
 * pool_retire(pool):
 * Have no more requests take its connections, as one of them may be dead; those
 * who are in stay.
 */
void pool_retire(struct pool *pool);

/* A request, removed from the multi handle, is not in any more. */
void pool_leave(struct pool *pool);

#endif /* AGENT_HTTP_POOLS_H */
