/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/oauth2.h - tokens of a server of OAuth 2.0 (RFC 6749, 4.4; 7523).
 *
 * A client shows its id and secret in the Authorization header, and, where a
 * server does not take that, in the form: which it is, is remembered.  One
 * that signs shows its word instead.  Redirects are not followed.
 */
#ifndef AGENT_AUTH_OAUTH2_H
#define AGENT_AUTH_OAUTH2_H

#include "agent/auth/token.h"

/* How long a token serves whose server does not say. */
#define OAUTH2_LIFETIME (3600 * CLOCK_SEC)

/**
 * oauth2_new(options):
 * Return a source of tokens for the oauth2 of ${options}->remote; NULL if
 * there is no memory.
 */
struct token_source *oauth2_new(const struct token_options *options);

#endif /* AGENT_AUTH_OAUTH2_H */
