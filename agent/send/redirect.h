/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/send/redirect.h - where an answer sends us, and whether we go.
 *
 * A request takes its credentials along, so one that has any only goes on to
 * the same scheme, host and port, and one to a workspace of azuread nowhere.
 * None goes from https to http.
 */
#ifndef AGENT_SEND_REDIRECT_H
#define AGENT_SEND_REDIRECT_H

#include <stdbool.h>

#include "agent/config/config.h"

#define REDIRECTS_MAX 3u /* Of one request. */

/**
 * redirect_target(url, location, credentials):
 * Return the URL, to be freed, to which an answer from ${url} with the header
 * Location: ${location}, or NULL, sends a request that has ${credentials} of
 * any kind; NULL if it may not go there, or there is no memory.
 */
char *redirect_target(const char *url, const char *location, bool credentials);

/**
 * redirect_of(remote, target, followed, location):
 * The same of an answer to a request to ${remote}, which went to ${target}, or
 * NULL: to its own URL, after it was sent on ${followed} times.
 */
char *redirect_of(const struct config_remote *remote, const char *target,
    unsigned int followed, const char *location);

#endif /* AGENT_SEND_REDIRECT_H */
