/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "agent/ship/head.h"
#include "wal/dir.h"

/* Ask the sizes of the newest of ${list}. */
static void
measure(struct head *head, const char *path, const struct wal_dir_list *list)
{
	size_t i =
	    list->len > HEAD_SEGMENTS_MAX ? list->len - HEAD_SEGMENTS_MAX : 0;
	struct stat status;

	if (list->len == 0)
		return;
	head->segments = calloc(list->len - i, sizeof(*head->segments));
	if (head->segments == NULL)
		return;
	for (; i < list->len; i++)
		if (wal_dir_stat(path, list->entries[i].name, &status))
			head->segments[head->len++] = (struct head_segment){
				.number = list->entries[i].number,
				.bytes = (uint64_t)status.st_size,
			};
}

void
head_look(struct head *head, const char *path)
{
	struct wal_dir dir = { 0 };

	head_release(head);
	if (wal_dir_read(&dir, path) == WAL_OK)
		measure(head, path, &dir.segments);
	wal_dir_release(&dir);
}

void
head_release(struct head *head)
{
	free(head->segments);
	*head = (struct head){ 0 };
}

bool
head_end(const struct head *head, struct wal_position *ret)
{
	const struct head_segment *last;

	if (head->len == 0)
		return false;
	last = &head->segments[head->len - 1];
	*ret = (struct wal_position){ last->number, last->bytes };
	return true;
}

uint64_t
head_bytes(const struct head *head)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < head->len; i++)
		bytes += head->segments[i].bytes;
	return bytes;
}

uint64_t
head_behind(const struct head *head, struct wal_position from)
{
	uint64_t bytes = 0, next = from.segment;
	const struct head_segment *segment;
	size_t i;

	for (i = 0; i < head->len; i++) {
		segment = &head->segments[i];
		if (segment->number < from.segment)
			continue;
		bytes += (segment->number - next) * HEAD_SEGMENT_BYTES;
		bytes += segment->bytes;
		next = segment->number + 1;
	}
	return bytes > from.offset ? bytes - from.offset : 0;
}
