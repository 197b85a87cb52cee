/* SPDX-License-Identifier: Apache-2.0 */
/* agent/auth/base64.h - bytes as letters (RFC 4648, 4). */
#ifndef AGENT_AUTH_BASE64_H
#define AGENT_AUTH_BASE64_H

#include <stddef.h>

#include "agent/base/buf.h"

/* Append the ${len} bytes at ${data} in base 64, padded. */
void base64_put(struct buf *out, const void *data, size_t len);

#endif /* AGENT_AUTH_BASE64_H */
