/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/url.h - the URLs that walship sends to, or asks.
 *
 * Stricter than RFC 3986 and than libcurl: whatever the two could take in
 * different ways is refused.
 */
#ifndef AGENT_CONFIG_URL_H
#define AGENT_CONFIG_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/config/schema.h"

#define URL_MAX 2048u     /* Bytes. */
#define URL_HOST_MAX 255u /* Bytes of a host in it. */

/**
 * url_fault(url):
 * Return what is wrong with ${url} and what to write instead, quoting nothing
 * of it, or NULL if it is an http or https URL: with a host, perhaps userinfo
 * and a port, no fragment, and printable ASCII throughout.
 */
const char *url_fault(const char *url);

/**
 * url_read(at, ret_url, ret_shown):
 * Read the URL at ${at}: store it in ${ret_url}, and in ${ret_shown} as it may
 * be shown, both to be freed, in place of what they held; or add a fault.
 */
void url_read(const struct schema_at *at, char **ret_url, char **ret_shown);

/**
 * url_name(url):
 * Return scheme, host, port and path of ${url}, in which url_fault finds no
 * fault, with scheme and host in small letters; to be freed.  NULL if there is
 * no memory.
 */
char *url_name(const char *url);

/**
 * url_host(url, host, port):
 * Set ${host} to that of ${url}, in small letters and without brackets, and
 * ${port} to its port or that of its scheme.  Return -1 if it has no host.
 */
int url_host(const char *url, char host[URL_HOST_MAX + 1], uint16_t *port);

/* Whether a user, perhaps with a password, stands before the host. */
bool url_has_user(const char *url);

/* Whether two http or https URLs differ in their queries, if at all. */
bool url_same_place(const char *a, const char *b);

/* Whether the host of ${url}, as url_fault wants it, ends with ${suffix}. */
bool url_under(const char *url, const char *suffix);

/* Whether what is sent to ${url} is seen by no one on the way: it is https, or
 * goes to this machine itself. */
bool url_is_private(const char *url);

/* Whether two http or https URLs have one scheme, host and port. */
bool url_same_origin(const char *a, const char *b);

#endif /* AGENT_CONFIG_URL_H */
