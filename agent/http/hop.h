/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/http/hop.h - the proxy that a request goes by.
 *
 * To a proxy the name of the server is told as it is: only its own name is
 * resolved here.  https goes through a tunnel, in which the proxy sees
 * nothing, and so does all by SOCKS; http is given to an HTTP proxy to pass
 * on, as other clients do.
 */
#ifndef AGENT_HTTP_HOP_H
#define AGENT_HTTP_HOP_H

#include <curl/curl.h>

#include "agent/http/http.h"
#include "agent/http/target.h"

struct hop {
	struct target target; /* The proxy. */
	char *url;            /* For libcurl, without a user; NULL: no proxy. */
	char *user, *password;      /* Decoded; NULL: none.  Secret. */
	struct curl_slist *headers; /* Secret. */
	bool tls;                   /* TLS is spoken with it. */
};

/**
 * hop_init(hop, proxy):
 * Take ${proxy}, NULL for none.  Return NULL or, if it cannot be used, what is
 * wrong with it; this names no part of it.  Call hop_release either way.
 */
const char *hop_init(struct hop *hop, const struct http_proxy *proxy);

/* Whether ${hop} is a proxy that speaks HTTP, and may answer itself. */
bool hop_answers(const struct hop *hop);

/* Whether ${hop} is asked for a tunnel before it gets a request for ${url}. */
bool hop_tunnels(const struct hop *hop, const char *url);

/**
 * hop_apply(hop, easy, tunnel):
 * Have ${easy} go by ${hop} and no other, whatever the environment says; to
 * that its headers are told only if it is asked for a ${tunnel}, as it would
 * pass them on.
 */
CURLcode hop_apply(const struct hop *hop, CURL *easy, bool tunnel);

/* Free what it holds.  It is then as zeroed, and may be released again. */
void hop_release(struct hop *hop);

#endif /* AGENT_HTTP_HOP_H */
