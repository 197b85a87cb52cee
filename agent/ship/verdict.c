/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <time.h>

#include "agent/ship/verdict.h"

/* The longest number of seconds that is looked at digit by digit. */
#define SECONDS_MAX (VERDICT_PAUSE_MAX / CLOCK_SEC)

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
	struct tm tm;
	const char *end;
	int64_t ahead;

	memset(&tm, 0, sizeof(tm));
	end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	if (end == NULL || *end != '\0')
		return -1;
	ahead = (int64_t)timegm(&tm) - wall / 1000;
	return ahead > 0 ? ahead : 0;
}

uint64_t
verdict_retry_after(const char *text, int64_t wall)
{
	int64_t seconds = parse_seconds(text);

	if (seconds < 0)
		seconds = parse_date(text, wall);
	if (seconds <= 0)
		return 0;
	if ((uint64_t)seconds > SECONDS_MAX)
		return VERDICT_PAUSE_MAX;
	return (uint64_t)seconds * CLOCK_SEC;
}

static struct verdict
paused(const struct http_response *response, int64_t wall)
{
	struct verdict verdict = { .step = STEP_PAUSE };

	if (response->retry_after != NULL)
		verdict.pause =
		    verdict_retry_after(response->retry_after, wall);
	return verdict;
}

struct verdict
verdict(const struct http_response *response, const struct verdict_rules *rules,
    int64_t wall)
{
	int status = response->status;

	if (response->outcome != HTTP_ANSWERED || status == 408)
		return (struct verdict){ .step = STEP_RETRY };
	if (status >= 200 && status <= 299)
		return (struct verdict){ .step = STEP_DELIVERED };
	if (status >= 300 && status <= 399)
		return (struct verdict){ .step = STEP_HOLD };
	if (status == 429 && rules->retry_429)
		return paused(response, wall);
	if (status >= 500)
		return response->retry_after != NULL
		    ? paused(response, wall)
		    : (struct verdict){ .step = STEP_RETRY };
	if ((status == 401 || status == 403) && rules->authenticated)
		return (struct verdict){ .step = STEP_HOLD };
	return (struct verdict){ .step = STEP_REFUSED };
}
