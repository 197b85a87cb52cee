/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wal/crc32c.h"
#include "wal/mark.h"

void
wal_mark_enter(
    struct wal_mark *mark, uint64_t number, const struct wal_content *first)
{
	if (mark->inside == 0 && mark->at.offset > 0) {
		memmove(mark->before + 1, mark->before,
		    sizeof(mark->before) - sizeof(*mark->before));
		mark->before[0] = mark->at;
		if (mark->before_len < WAL_MARK_BEFORE)
			mark->before_len++;
	}
	mark->inside = mark->checkpoint = 0;
	mark->at = (struct wal_place){ .segment = number, .first = *first };
}

void
wal_place_move(struct wal_place *place, const struct wal_record *rec,
    struct wal_content content)
{
	place->offset = rec->end;
	place->fragment = rec->last;
	place->stored.len = (uint32_t)(rec->end - rec->last) - WAL_HEADER_SIZE;
	place->stored.crc = rec->last_crc;
	place->record = content;
}

void
wal_place_damage(struct wal_place *place)
{
	if (place->damaged != 0)
		return;
	place->damaged = 1;
	place->sound = place->record;
}

void
wal_place_end(struct wal_place *place, const struct wal_log *log,
    const struct wal_dir_entry *entry)
{
	struct stat st;
	int fd;

	*place = (struct wal_place){ .segment = entry->number };
	if ((fd = wal_log_open(log, entry)) == -1)
		return;
	if (fstat(fd, &st) == 0)
		place->offset = place->fragment = (uint64_t)st.st_size;
	place->first = wal_content_first(fd);
	(void)close(fd);
}

bool
wal_mark_end(struct wal_mark *mark, const struct wal_log *log)
{
	const struct wal_dir_entry *last = wal_dir_last(&log->dir.segments);

	if (last == NULL)
		return false;
	*mark = (struct wal_mark){ .generation = mark->generation };
	wal_place_end(&mark->at, log, last);
	/* Of an empty segment only the one before it tells which log it is. */
	if (mark->at.offset == 0 && log->dir.segments.len > 1) {
		wal_place_end(&mark->before[0], log, last - 1);
		mark->before_len = 1;
	}
	return true;
}

bool
wal_place_has_record(const struct wal_place *place)
{
	return place->fragment < place->offset;
}

struct wal_content
wal_content_said(const uint8_t head[WAL_HEADER_SIZE])
{
	return (struct wal_content){
		.len = (uint32_t)head[1] << 8 | head[2],
		.crc = (uint32_t)head[3] << 24 | (uint32_t)head[4] << 16 |
		    (uint32_t)head[5] << 8 | head[6],
	};
}

/* What the fragment at ${offset} is by its header. */
static bool
read_header(int fd, uint64_t offset, struct wal_content *ret)
{
	uint8_t head[WAL_HEADER_SIZE];

	if (pread(fd, head, sizeof(head), (off_t)offset) != sizeof(head))
		return false;
	*ret = wal_content_said(head);
	return true;
}

bool
wal_place_holds(const struct wal_place *place, int fd)
{
	struct wal_content first, last;
	struct stat st;

	if (place->offset == 0)
		return true;
	if (fstat(fd, &st) != 0 || (uint64_t)st.st_size < place->offset ||
	    !read_header(fd, 0, &first) ||
	    !wal_content_equal(&first, &place->first))
		return false;
	return !wal_place_has_record(place) ||
	    (read_header(fd, place->fragment, &last) &&
		wal_content_equal(&last, &place->stored));
}

struct wal_content
wal_content_of(const uint8_t *data, size_t len)
{
	return (struct wal_content){ (uint32_t)len, crc32c(data, len) };
}

bool
wal_content_is(
    const struct wal_content *content, const uint8_t *data, size_t len)
{
	return content->len == len && content->crc == crc32c(data, len);
}

struct wal_content
wal_content_first(int fd)
{
	struct wal_content first;

	return read_header(fd, 0, &first) ? first : (struct wal_content){ 0 };
}

bool
wal_content_is_sound(int fd)
{
	uint8_t data[WAL_PAGE_SIZE - WAL_HEADER_SIZE];
	struct wal_content first;

	return read_header(fd, 0, &first) && first.len <= sizeof(data) &&
	    pread(fd, data, first.len, WAL_HEADER_SIZE) == (ssize_t)first.len &&
	    wal_content_is_known(&first) &&
	    crc32c(data, first.len) == first.crc;
}

static int
order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int
wal_mark_compare(const struct wal_mark *a, const struct wal_mark *b)
{
	int way = order(a->generation, b->generation);

	if (way == 0)
		way = order(
		    wal_mark_position(a).segment, wal_mark_position(b).segment);
	if (way == 0)
		way = order(a->inside, b->inside);
	if (way == 0)
		way = order(a->at.segment, b->at.segment);
	return way != 0 ? way : order(a->at.offset, b->at.offset);
}
