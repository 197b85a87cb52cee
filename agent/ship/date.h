/* SPDX-License-Identifier: Apache-2.0 */
/* agent/ship/date.h - dates as HTTP writes them. */
#ifndef AGENT_SHIP_DATE_H
#define AGENT_SHIP_DATE_H

#include <stdint.h>

/**
 * date_read(text, ret_ms):
 * Store in ${ret_ms} the milliseconds since 1970 of ${text}, in any of the
 * three forms that HTTP knows.  Return -1 if it is none.
 */
int date_read(const char *text, int64_t *ret_ms);

#endif /* AGENT_SHIP_DATE_H */
