/* SPDX-License-Identifier: Apache-2.0 */
/* agent/http/advice.h - what to do where TLS comes to nothing. */
#ifndef AGENT_HTTP_ADVICE_H
#define AGENT_HTTP_ADVICE_H

#include <curl/curl.h>

/**
 * advice_on(code, verified, error):
 * Return what a person can do when a transfer ended with ${code} and the words
 * ${error} of libcurl or OpenSSL, and OpenSSL's result of looking at the
 * peer's certificate is ${verified}; NULL if that is nothing of TLS.
 */
const char *advice_on(CURLcode code, long verified, const char *error);

#endif /* AGENT_HTTP_ADVICE_H */
