/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/aadsts.h - what Entra's numbers mean, and what to do.
 *
 * Entra says AADSTS and a number for whatever it refuses.  Those that an
 * operator meets are told apart here; the others are shown as they came.
 */
#ifndef AGENT_AUTH_AADSTS_H
#define AGENT_AUTH_AADSTS_H

#include "agent/auth/grant.h"
#include "agent/auth/token.h"
#include "agent/base/buf.h"

/**
 * aadsts_explain(error, status, secret, out):
 * Append to ${out} what ${error}, an answer of ${status}, means and what to do,
 * and return which kind of failure it is.  Of what cannot be explained the
 * answer's own words are given, unless they give away ${secret}, "" for none.
 */
enum token_failure aadsts_explain(const struct grant_error *error, int status,
    const char *secret, struct buf *out);

#endif /* AGENT_AUTH_AADSTS_H */
