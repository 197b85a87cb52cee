/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/base/md5.h - MD5 (RFC 1321), for hashmod alone.
 *
 * Prometheus spreads series by it, so they are to be spread alike here.  It
 * protects nothing, and must work where libraries refuse MD5.
 */
#ifndef AGENT_BASE_MD5_H
#define AGENT_BASE_MD5_H

#include <stddef.h>
#include <stdint.h>

#define MD5_LEN 16u /* Bytes of a digest. */

/* Store in ${ret} the digest of the ${len} bytes at ${data}. */
void md5(const void *data, size_t len, uint8_t ret[MD5_LEN]);

#endif /* AGENT_BASE_MD5_H */
