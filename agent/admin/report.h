/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/admin/report.h - the overview as JSON.
 *
 * Times are RFC 3339 in UTC, durations seconds, sizes bytes; what is not known
 * is null.  Only ASCII is written: text of others has all else escaped.  Keys
 * are added in later versions, and none is given another meaning.
 */
#ifndef AGENT_ADMIN_REPORT_H
#define AGENT_ADMIN_REPORT_H

#include "agent/admin/overview.h"
#include "agent/base/buf.h"

/* Append ${overview} as one line, and its end; nothing if there is no memory. */
void report_put(const struct overview *overview, struct buf *out);

#endif /* AGENT_ADMIN_REPORT_H */
