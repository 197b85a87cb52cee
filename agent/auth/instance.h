/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/instance.h - what Azure says of this machine: where to ask, and
 * the answer.
 *
 * Asked of whoever gives this machine its tokens (endpoint.h): IMDS, or the
 * agent of Azure Arc, neither of which wants a proof for it.  Bytes come from
 * the network, and none of them is believed.
 */
#ifndef AGENT_AUTH_INSTANCE_H
#define AGENT_AUTH_INSTANCE_H

#include <stddef.h>

#include "agent/auth/endpoint.h"
#include "agent/config/facts.h"

#define INSTANCE_BODY_MAX 65536u /* Bytes of an answer. */
#define INSTANCE_HEADER "Metadata: true"

/**
 * instance_url(paths, url, error):
 * Write where to ask into the ENDPOINT_URL_MAX bytes at ${url}.  Return -1 with
 * what is wrong in the TOKEN_ERROR_MAX bytes at ${error}.
 */
int instance_url(const struct endpoint_paths *paths, char *url, char *error);

/**
 * instance_read(body, len, ret):
 * Read the ${len} bytes at ${body}, an answer of status 200.  Return -1, with
 * ${ret} untouched, if it is none, or says neither id nor name.
 */
int instance_read(const char *body, size_t len, struct facts *ret);

#endif /* AGENT_AUTH_INSTANCE_H */
