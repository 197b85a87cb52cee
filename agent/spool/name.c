/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/spool/name.h"
#include "wal/dir.h"

void
spool_name_format(const struct spool_name *name, char *out)
{
	(void)snprintf(out, SPOOL_NAME_MAX, "%" PRIu64 "-%" PRIu64,
	    name->generation, name->number);
}

/* Read a number at ${at} and what is behind it to ${ret}; NULL if it is none. */
static const char *
read_number(const char *at, uint64_t *ret)
{
	uint64_t number = 0;

	if (*at < '0' || *at > '9')
		return NULL;
	for (; *at >= '0' && *at <= '9'; at++)
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(
			number, (uint64_t)(*at - '0'), &number))
			return NULL;
	*ret = number;
	return at;
}

bool
spool_name_parse(const char *text, struct spool_name *ret)
{
	char again[SPOOL_NAME_MAX];
	struct spool_name name;
	const char *at;

	if ((at = read_number(text, &name.generation)) == NULL || *at != '-' ||
	    (at = read_number(at + 1, &name.number)) == NULL || *at != '\0' ||
	    name.number > WAL_SEGMENT_NUMBER_MAX)
		return false;
	/* One name each: no leading zeros. */
	spool_name_format(&name, again);
	if (strcmp(again, text) != 0)
		return false;
	*ret = name;
	return true;
}
