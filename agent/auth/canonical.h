/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/canonical.h - requests as AWS's signatures have them.
 *
 * However a request is written: by AWS's Signature Version 4 this is the one
 * form of each part that both sides sign.
 */
#ifndef AGENT_AUTH_CANONICAL_H
#define AGENT_AUTH_CANONICAL_H

#include <stddef.h>

#include "agent/base/buf.h"

/**
 * canonical_path(out, path, len):
 * Append the ${len} bytes at ${path}, which begins with a slash or is empty,
 * without empty parts, "." and "..", escaped once more.
 */
void canonical_path(struct buf *out, const char *path, size_t len);

/**
 * canonical_query(out, query):
 * Append ${query}, what follows the "?", "" for nothing: sorted, each name
 * with its value, escaped anew.  Return -1 if there is no memory.
 */
int canonical_query(struct buf *out, const char *query);

/**
 * canonical_headers(out, names, headers):
 * Append ${headers}, "Name: value" each and then NULL, to ${out}, sorted, those
 * of one name as one; and their names to ${names}.  Return -1 if there is no
 * memory.
 */
int canonical_headers(
    struct buf *out, struct buf *names, const char *const *headers);

#endif /* AGENT_AUTH_CANONICAL_H */
