/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/http/tls.h - whom a request believes, and as whom it is made.
 *
 * Who names no authorities believes those of the file SSL_CERT_FILE, if that is
 * in the environment, or else the system's.
 *
 * Certificates and keys are files of PEM, read anew with each connection.  No
 * connection made by one set of these is used by a request with another.
 */
#ifndef AGENT_HTTP_TLS_H
#define AGENT_HTTP_TLS_H

#include <curl/curl.h>

#include "agent/http/http.h"

/**
 * tls_fault(options):
 * Why TLS as ${options} say, or as by default if NULL, must not be begun, and
 * what to do; NULL: it may.  libcurl would wait for a FIFO.
 */
const char *tls_fault(const struct http_tls *options);

/* What a request holds of its own for this, until its handle is gone. */
struct tls {
	CURLU *url;                 /* NULL: the target's. */
	struct curl_slist *connect; /* For CURLOPT_CONNECT_TO. */
	char *host;                 /* The Host header; NULL: libcurl's. */
};

/**
 * tls_apply(tls, easy, url, options):
 * Have ${easy}, which is to ask ${url}, use ${options}; NULL: TLS 1.2 and up,
 * and the system's authorities.  For http a name changes nothing.  To be
 * released in any case.
 */
CURLcode tls_apply(
    struct tls *tls, CURL *easy, CURLU *url, const struct http_tls *options);

/* Have ${easy} use ${options}, but for the name, with an https proxy too. */
CURLcode tls_apply_proxy(CURL *easy, const struct http_tls *options);

/* Free what it holds. */
void tls_release(struct tls *tls);

#endif /* AGENT_HTTP_TLS_H */
