/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/auth.h - requests as the one whom an entry of remote_write names.
 *
 * Stands between what sends and agent/http: each request passes through with
 * an Authorization header fresh when it is made, with the entry's TLS options
 * and by its proxy.  Where no header is to be had the request fails, to be made
 * again; only for its very first token it waits.  After a 401 or 403 files are
 * read anew, and a token after a 401.  Nothing is ever sent so to another
 * scheme, host or port than the entry's own.
 */
#ifndef AGENT_AUTH_AUTH_H
#define AGENT_AUTH_AUTH_H

#include "agent/auth/tokens.h"
#include "agent/base/clock.h"
#include "agent/config/config.h"
#include "agent/http/http.h"

/**
 * auth_new(clock, http, tokens, remote):
 * Return what sends over ${http} as ${remote} says; all must outlive it, and
 * ${tokens} may be NULL if ${remote} needs none.  NULL if there is no memory.  The result is used through http_post, http_get
 * and http_cancel.
 */
struct http *auth_new(struct clock *clock, struct http *http,
    struct tokens *tokens, const struct config_remote *remote);

/* What can be seen of it. */
struct auth_view {
	bool tokens;       /* It needs tokens of a source. */
	double expiry;     /* Of the one there is, in seconds since 1970; 0. */
	const char *error; /* Why the last could not be had; NULL: it could. */
};

struct auth_view auth_look(const struct http *http);

/* All its calls must be over.  Do nothing to NULL. */
void auth_free(struct http *http);

#endif /* AGENT_AUTH_AUTH_H */
