/* SPDX-License-Identifier: Apache-2.0 */
/* agent/auth/token_meters.h - what is counted of an identity's tokens. */
#ifndef AGENT_AUTH_TOKEN_METERS_H
#define AGENT_AUTH_TOKEN_METERS_H

#include "agent/auth/token.h"
#include "agent/base/stats.h"

struct token_meters {
	struct stat *expiry;    /* Seconds since 1970; 0: there is none. */
	struct stat *refreshes; /* Tokens that were had. */
	struct stat *failures[TOKEN_FAILURES];
};

/**
 * token_meters_init(meters, stats, identity):
 * Add to ${stats} the meters of ${identity}, a name that no other has.  Return
 * -1 if there is no memory; to be released in any case.
 */
int token_meters_init(
    struct token_meters *meters, struct stats *stats, const char *identity);

/* Zeroed is ready for use. */
void token_meters_release(struct token_meters *meters);

/* The word by which ${failure} is told apart. */
const char *token_meters_reason(enum token_failure failure);

#endif /* AGENT_AUTH_TOKEN_METERS_H */
