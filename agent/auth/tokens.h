/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/tokens.h - the identities there are, each with one token.
 *
 * Destinations whose entries say the same of who they are share one.  It goes
 * on as long as one of them holds it, through changes of the configuration
 * too.
 */
#ifndef AGENT_AUTH_TOKENS_H
#define AGENT_AUTH_TOKENS_H

#include <stdbool.h>

#include "agent/auth/identity.h"
#include "agent/base/clock.h"
#include "agent/base/stats.h"
#include "agent/config/config.h"
#include "agent/http/http.h"

/* All of it must outlive the tokens. */
struct tokens_options {
	struct clock *clock;
	struct http *http; /* Bare; see agent/auth/token.h. */
	struct stats *stats;
};

struct tokens;

/* NULL if there is no memory. */
struct tokens *tokens_new(const struct tokens_options *options);

/* None may be held any more.  Do nothing to NULL. */
void tokens_free(struct tokens *tokens);

/**
 * tokens_hold(tokens, remote):
 * Return the identity of ${remote}, which needs tokens (see source_wanted),
 * to be let go by tokens_drop.  NULL if there is no memory.
 */
struct identity *tokens_hold(
    struct tokens *tokens, const struct config_remote *remote);

/* Do nothing to NULL. */
void tokens_drop(struct tokens *tokens, struct identity *identity);

#endif /* AGENT_AUTH_TOKENS_H */
