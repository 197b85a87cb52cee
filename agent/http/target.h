/* SPDX-License-Identifier: Apache-2.0 */
/* agent/http/target.h - where a URL leads, by libcurl's own reading of it. */
#ifndef AGENT_HTTP_TARGET_H
#define AGENT_HTTP_TARGET_H

#include <curl/curl.h>
#include <stdbool.h>

struct target {
	CURLU *url;   /* To be given to libcurl, so that it is read once. */
	char *host;   /* A name or an IPv4 address; NULL for an IPv6 one. */
	char *port;   /* Digits. */
	bool numeric; /* The host is an address: there is nothing to ask. */
};

/**
 * target_init(target, url):
 * Take ${url} apart.  Return NULL, or, if it cannot be used, what is wrong
 * with it; this names no part of it.  Call target_release either way.
 *
 * A host is taken that is an address as inet_pton(3) reads it, IPv6 in
 * brackets and without a zone, or a name of letters, digits, ".", "-" and
 * "_".
 */
const char *target_init(struct target *target, const char *url);

/**
 * target_init_proxy(target, url):
 * The same of a proxy's URL: http, https, socks5 or socks5h.  Its port is that
 * of the scheme if none is given: 80, 443 or 1080.
 */
const char *target_init_proxy(struct target *target, const char *url);

/* Whether ${url} is asked by TLS. */
bool target_is_https(CURLU *url);

/* Free what it holds.  It is then as zeroed, and may be released again. */
void target_release(struct target *target);

#endif /* AGENT_HTTP_TARGET_H */
