/* SPDX-License-Identifier: Apache-2.0 */
/* agent/http/multi.h - libcurl's multi interface on the loop. */
#ifndef AGENT_HTTP_MULTI_H
#define AGENT_HTTP_MULTI_H

#include <curl/curl.h>
#include <systemd/sd-event.h>

#include "agent/base/clock.h"

/* A transfer has ended with ${code}; it is to be removed. */
typedef void multi_done_fn(void *arg, CURL *easy, CURLcode code);

struct multi;

/**
 * multi_new(event, clock, max_connections, done, arg):
 * Return a set of transfers without any, that keeps ${max_connections} idle
 * connections and calls ${done}(${arg}, ...) from the loop, never from within
 * a call here.  NULL if there is no memory.
 */
struct multi *multi_new(sd_event *event, struct clock *clock,
    long max_connections, multi_done_fn *done, void *arg);

/* Free; every transfer has been removed.  Do nothing to NULL. */
void multi_free(struct multi *multi);

/* Begin a transfer at the next turn of the loop; -1 if there is no memory. */
int multi_add(struct multi *multi, CURL *easy);

/* End a transfer, closing its connection unless it is done. */
void multi_remove(struct multi *multi, CURL *easy);

#endif /* AGENT_HTTP_MULTI_H */
