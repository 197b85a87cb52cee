/* SPDX-License-Identifier: Apache-2.0 */
/* agent/base/date.h - dates and waits as HTTP writes them. */
#ifndef AGENT_BASE_DATE_H
#define AGENT_BASE_DATE_H

#include <stdint.h>

#include "agent/base/clock.h"

/* Nobody makes us wait longer than this at once. */
#define DATE_WAIT_MAX (600 * CLOCK_SEC)

/**
 * date_read(text, ret_ms):
 * Store in ${ret_ms} the milliseconds since 1970 of ${text}, in any of the
 * three forms that HTTP knows.  Return -1 if it is none.
 */
int date_read(const char *text, int64_t *ret_ms);

/**
 * date_retry_after(text, wall):
 * The value of a Retry-After header, seconds or a date, in microseconds from
 * ${wall} on, at most DATE_WAIT_MAX; 0 if it is neither, or past.
 */
uint64_t date_retry_after(const char *text, int64_t wall);

#endif /* AGENT_BASE_DATE_H */
