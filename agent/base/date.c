/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "agent/base/clock.h"
#include "agent/base/date.h"

/* The longest number of seconds that is looked at digit by digit. */
#define SECONDS_MAX (DATE_WAIT_MAX / CLOCK_SEC)

int
date_read(const char *text, int64_t *ret_ms)
{
	static const char *const forms[] = { "%a, %d %b %Y %H:%M:%S GMT",
		"%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y" };
	const char *end;
	struct tm tm;
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		memset(&tm, 0, sizeof(tm));
		end = strptime(text, forms[i], &tm);
		if (end == NULL || *end != '\0')
			continue;
		*ret_ms = (int64_t)timegm(&tm) * 1000;
		return 0;
	}
	return -1;
}

/* Seconds, if ${text} is all digits; else -1. */
static int64_t
parse_seconds(const char *text)
{
	int64_t seconds = 0;

	if (*text == '\0')
		return -1;
	for (; *text >= '0' && *text <= '9'; text++)
		if (seconds <= (int64_t)SECONDS_MAX)
			seconds = 10 * seconds + (*text - '0');
	return *text == '\0' ? seconds : -1;
}

/* Seconds from ${wall} to the HTTP date ${text}; -1 if it is none. */
static int64_t
parse_date(const char *text, int64_t wall)
{
	int64_t date, ahead;

	if (date_read(text, &date) != 0)
		return -1;
	ahead = date / 1000 - wall / 1000;
	return ahead > 0 ? ahead : 0;
}

uint64_t
date_retry_after(const char *text, int64_t wall)
{
	int64_t seconds = parse_seconds(text);

	if (seconds < 0)
		seconds = parse_date(text, wall);
	if (seconds <= 0)
		return 0;
	if ((uint64_t)seconds > SECONDS_MAX)
		return DATE_WAIT_MAX;
	return (uint64_t)seconds * CLOCK_SEC;
}
