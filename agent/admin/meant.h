/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/admin/meant.h - whether a request is what a person here meant.
 *
 * A browser on this machine can be led here by a page of somebody else: by a
 * link, by a form, or under a name of his that he has point here.  By the name
 * that the browser went to, and by the page that it says it comes from, such
 * requests can be told.
 */
#ifndef AGENT_ADMIN_MEANT_H
#define AGENT_ADMIN_MEANT_H

#include <stdbool.h>

/* Whether ${host}, of a Host header, is localhost or an address. */
bool meant_host(const char *host);

/**
 * meant_change(host, origin, vouched):
 * Whether a request with these headers, each of which may be NULL, may change
 * something: it comes from no browser, or from a page of this server, which was
 * asked for at an address or as localhost, or, if who asks is ${vouched} for, by
 * any name.
 */
bool meant_change(const char *host, const char *origin, bool vouched);

#endif /* AGENT_ADMIN_MEANT_H */
