/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "agent/spool/need.h"

/* Whether ${segment} comes before what ${reader} needs. */
static bool
is_behind(const struct spool_table *table, const struct spool_reader *reader,
    const struct spool_segment *segment)
{
	uint64_t last = segment->last != SPOOL_LAST_NONE ? segment->last
							 : table->generation;

	return last != reader->generation
	    ? last < reader->generation
	    : segment->name.number < reader->segment;
}

/* Whether all in ${segment} is older than what ${reader} has use for. */
static bool
is_too_old(const struct spool_table *table, const struct spool_reader *reader,
    const struct spool_segment *segment, int64_t wall)
{
	return reader->limit > 0 && segment->written > 0 &&
	    segment->written < wall &&
	    (uint64_t)(wall - segment->written) >
	    (reader->limit + NEED_AGE_MARGIN) / 1000 &&
	    !spool_table_is_growing(table, segment);
}

enum needed
need_of(const struct need *need, const struct spool_table *table,
    const struct spool_segment *segment, int64_t wall)
{
	const struct spool_reader *reader;
	enum needed needed = NEEDED_READ;

	for (reader = need->readers; reader != NULL; reader = reader->next) {
		if (is_behind(table, reader, segment))
			continue;
		if (!is_too_old(table, reader, segment, wall))
			return NEEDED;
		needed = NEEDED_AGED;
	}
	return needed;
}

struct spool_reader *
need_join(struct need *need)
{
	struct spool_reader *reader = calloc(1, sizeof(*reader));

	if (reader == NULL)
		return NULL;
	reader->need = need;
	reader->next = need->readers;
	need->readers = reader;
	return reader;
}

void
need_leave(struct spool_reader *reader)
{
	struct spool_reader **at = &reader->need->readers;

	while (*at != reader)
		at = &(*at)->next;
	*at = reader->next;
	free(reader);
}
