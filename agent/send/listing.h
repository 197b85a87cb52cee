/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/send/listing.h - what Prometheus's /api/v1/metadata answers.
 *
 *   {"status": "success", "data": {
 *      "NAME": [{"type": "gauge", "help": "TEXT", "unit": ""}, ...], ...}}
 *
 * It is read in one go.  The 260 KB of 2,000 metrics take 5 ms and 2.5 MB of
 * memory, LISTING_METRICS ten times that; LISTING_MAX bytes that were made to
 * be as bad as can be, half a second and 120 MB.
 */
#ifndef AGENT_SEND_LISTING_H
#define AGENT_SEND_LISTING_H

#include <stddef.h>

#include "agent/series/families.h"

#define LISTING_METRICS 20000u /* To be asked for, of any there are. */
#define LISTING_MAX (4u << 20) /* Bytes of an answer. */

/**
 * listing_read(text, len, families, ret_left_out):
 * Add the metrics that the ${len} bytes at ${text} list to ${families}, and
 * store in ${ret_left_out} how many were not taken: of another form, or more
 * than a set may have.  Return NULL; or, with nothing added, what is wrong, for
 * a person.
 */
const char *listing_read(const char *text, size_t len,
    struct families *families, size_t *ret_left_out);

#endif /* AGENT_SEND_LISTING_H */
