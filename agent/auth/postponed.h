/* SPDX-License-Identifier: Apache-2.0 */
/* agent/auth/postponed.h - a request that is made later than it was given. */
#ifndef AGENT_AUTH_POSTPONED_H
#define AGENT_AUTH_POSTPONED_H

#include "agent/http/http.h"

/* Zeroed, it holds none. */
struct postponed {
	struct http_request request; /* Its url and headers are copies. */
	char *url;
	char **headers; /* NULL if there are none. */
};

/**
 * postponed_take(postponed, request):
 * Keep ${request}, whose body stays where it is, and whose other pointers must
 * not be to what is gone when it is made.  Return -1 if there is no memory; to
 * be released in any case.
 */
int postponed_take(
    struct postponed *postponed, const struct http_request *request);

/* It then holds none. */
void postponed_release(struct postponed *postponed);

#endif /* AGENT_AUTH_POSTPONED_H */
