/* SPDX-License-Identifier: Apache-2.0 */
#include "wal/cursor.h"
#include "wal/checkpoint.h"

void
wal_cursor_begin(struct wal_cursor *cursor, uint64_t generation)
{
	*cursor = (struct wal_cursor){ .past = true };
	cursor->at.generation = generation;
}

void
wal_cursor_resume(struct wal_cursor *cursor, const struct wal_mark *mark)
{
	struct wal_mark from = *mark; /* It may be the cursor's own. */

	if (from.before_len > WAL_MARK_BEFORE) /* It came from a file. */
		from.before_len = 0;
	wal_cursor_begin(cursor, from.generation);
	cursor->past = false;
	cursor->from = from;
	if (from.inside == 0)
		cursor->fresh = wal_mark_position(&from);
}

void
wal_cursor_search(struct wal_cursor *cursor, const struct wal_mark *mark)
{
	wal_cursor_resume(cursor, mark);
	cursor->searching = true;
	cursor->fresh.offset = UINT64_MAX;
}

bool
wal_cursor_is_searching(const struct wal_cursor *cursor, uint64_t number)
{
	return cursor->searching && cursor->fresh.segment == number;
}

void
wal_cursor_not_found(struct wal_cursor *cursor)
{
	cursor->searching = false;
	cursor->fresh.offset = 0;
	cursor->past = true;
	cursor->at = cursor->from;
	cursor->at.at = (struct wal_place){ .segment = cursor->fresh.segment };
}

const struct wal_mark *
wal_cursor_mark(const struct wal_cursor *cursor)
{
	return cursor->past ? &cursor->at : &cursor->from;
}

uint64_t
wal_cursor_segment(const struct wal_cursor *cursor, uint64_t generation)
{
	const struct wal_mark *mark = wal_cursor_mark(cursor);

	return mark->generation == generation ? wal_mark_position(mark).segment
					      : 0;
}

/* Whether nothing was read yet of any segment. */
static bool
is_new(const struct wal_mark *mark)
{
	return mark->inside == 0 && mark->at.offset == 0 &&
	    mark->before_len == 0;
}

void
wal_cursor_open(struct wal_cursor *cursor, uint64_t number)
{
	cursor->damaged = false;
	if (is_new(&cursor->at))
		cursor->at.at.segment = number;
}

/* Whether we are in the file of segment ${number}, past its start. */
static bool
is_in(const struct wal_mark *mark, uint64_t number)
{
	return mark->inside == 0 && mark->at.segment == number &&
	    mark->at.offset > 0;
}

void
wal_cursor_damage(struct wal_cursor *cursor, uint64_t number)
{
	if (is_in(&cursor->at, number))
		wal_place_damage(&cursor->at.at);
	else
		cursor->damaged = true;
}

/* Whether the plain bytes are of a record after which reading goes on. */
static bool
is_found(const struct wal_place *from, const uint8_t *data, size_t len)
{
	return len > 0 &&
	    (wal_content_is(&from->record, data, len) ||
		(from->damaged != 0 &&
		    wal_content_is(&from->sound, data, len)));
}

/* Reading has come to where it was begun from: ${cursor} knows of it. */
static void
arrive(struct wal_cursor *cursor)
{
	cursor->past = true;
	if (cursor->searching)
		cursor->fresh.offset = cursor->at.at.offset;
	else if (wal_place_has_record(&cursor->from.at))
		cursor->at = cursor->from;
	cursor->searching = false;
}

bool
wal_cursor_take(struct wal_cursor *cursor, uint64_t number,
    const struct wal_held *held, const uint8_t *data, size_t len)
{
	const struct wal_record *rec = &held->record;
	bool here = number == cursor->fresh.segment;
	bool fresh = number > cursor->fresh.segment ||
	    (here && rec->end > cursor->fresh.offset);
	bool arrived = here && !cursor->past && !fresh &&
	    (cursor->searching ? is_found(&cursor->from.at, data, len)
			       : rec->end == cursor->fresh.offset);
	struct wal_content content = { 0 };

	if (!is_in(&cursor->at, number)) {
		wal_mark_enter(&cursor->at, number, &held->first);
		if (cursor->damaged)
			wal_place_damage(&cursor->at.at);
	}
	if (cursor->past || fresh || arrived)
		content = wal_content_of(data, len);
	wal_place_move(&cursor->at.at, rec, content);
	if (arrived)
		arrive(cursor);
	cursor->past |= fresh;
	return fresh;
}

/* Whether ${rec} lies past the mark, which is in the same checkpoint. */
static bool
is_after(const struct wal_mark *mark, const struct wal_checkpoint_record *rec)
{
	return rec->file != mark->at.segment
	    ? rec->file > mark->at.segment
	    : rec->held->record.end > mark->at.offset;
}

bool
wal_cursor_take_inside(struct wal_cursor *cursor, uint64_t checkpoint,
    const struct wal_checkpoint_record *rec, bool missed)
{
	const struct wal_mark *from = &cursor->from;

	if (!missed ||
	    (!cursor->past && from->inside != 0 &&
		from->checkpoint == checkpoint && !is_after(from, rec)))
		return false;
	if (!cursor->past)
		cursor->at = *from;
	cursor->past = true;
	if (cursor->at.inside == 0 || cursor->at.checkpoint != checkpoint ||
	    cursor->at.at.segment != rec->file)
		cursor->at.at = (struct wal_place){
			.segment = rec->file,
			.first = rec->held->first,
		};
	cursor->at.inside = 1;
	cursor->at.checkpoint = checkpoint;
	wal_place_move(&cursor->at.at, &rec->held->record,
	    wal_content_of(rec->data, rec->len));
	return true;
}
