/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "agent/position/position.h"
#include "agent/position/position.pb-c.h"

struct position_point
position_point(const struct wal_mark *mark)
{
	return (struct position_point){
		mark->generation,
		mark->at.segment,
		mark->at.offset,
	};
}

static int
order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int
position_compare(struct position_point a, struct position_point b)
{
	int way = order(a.generation, b.generation);

	if (way == 0)
		way = order(a.segment, b.segment);
	return way != 0 ? way : order(a.offset, b.offset);
}

/* ${data} is only read, though protobuf-c does not say so. */
static ProtobufCBinaryData
bytes(const void *data, size_t len)
{
	union {
		const void *from;
		uint8_t *to;
	} same = { data };

	return (ProtobufCBinaryData){ len, same.to };
}

/* A text from outside; -1 if it is none, or too long. */
static int
take_text(char *to, const ProtobufCBinaryData *from)
{
	if (from->len >= POSITION_TEXT_MAX)
		return -1;
	if (from->len > 0)
		memcpy(to, from->data, from->len);
	to[from->len] = '\0';
	return strlen(to) == from->len ? 0 : -1;
}

static void
encode_point(Saved__Point *to, const struct position_point *from)
{
	saved__point__init(to);
	to->generation = from->generation;
	to->segment = from->segment;
	to->offset = from->offset;
}

static struct position_point
decode_point(const Saved__Point *from)
{
	return (struct position_point){
		from->generation,
		from->segment,
		from->offset,
	};
}

static void
encode_share(Saved__Share *to, const struct position_share *from)
{
	saved__share__init(to);
	to->list = from->list;
	to->labels = from->labels;
	to->index = from->index;
	to->count = from->count;
}

/* ${from} is NULL where an earlier version wrote it. */
static struct position_share
decode_share(const Saved__Share *from)
{
	if (from == NULL)
		return (struct position_share){ 0 };
	return (struct position_share){
		from->list,
		from->labels,
		from->index,
		from->count,
	};
}

size_t
position_encode(const struct position *position, uint8_t *out, size_t size)
{
	Saved__Range ranges[POSITION_RANGES_MAX];
	Saved__Range *list[POSITION_RANGES_MAX];
	Saved__Point points[POSITION_RANGES_MAX + 1], until;
	Saved__Share share, former;
	Saved__Position to = SAVED__POSITION__INIT;
	size_t i;

	for (i = 0; i < position->ranges_len; i++) {
		const struct position_range *from = &position->ranges[i];

		saved__range__init(&ranges[i]);
		encode_point(&points[i], &from->end);
		ranges[i].end = &points[i];
		ranges[i].limit = from->limit;
		ranges[i].grouped = from->grouped;
		ranges[i].sent = from->sent;
		ranges[i].first_len = from->first.len;
		ranges[i].first_crc = from->first.crc;
		ranges[i].done = from->done;
		list[i] = &ranges[i];
	}
	to.key = bytes(position->key, strlen(position->key));
	to.url = bytes(position->url, strlen(position->url));
	to.removed = position->removed;
	to.clean = position->clean;
	to.begun = position->begun;
	to.mark = bytes(&position->mark, sizeof(position->mark));
	to.checkpoint = position->checkpoint;
	to.after = position->after;
	to.since = position->since;
	to.highest = position->highest;
	encode_point(&points[i], &position->furthest);
	to.furthest = &points[i];
	encode_share(&share, &position->share);
	encode_share(&former, &position->former.share);
	encode_point(&until, &position->former.until);
	to.share = &share;
	to.former = &former;
	to.until = &until;
	to.ranges = list;
	to.n_ranges = position->ranges_len;
	if (saved__position__get_packed_size(&to) > size)
		return 0;
	return saved__position__pack(&to, out);
}

/* Take what is in ${from}; -1 if it is impossible. */
static int
decode(struct position *to, const Saved__Position *from)
{
	size_t i;

	if (from->mark.len != sizeof(to->mark) || from->furthest == NULL ||
	    from->n_ranges > POSITION_RANGES_MAX ||
	    take_text(to->key, &from->key) != 0 ||
	    take_text(to->url, &from->url) != 0)
		return -1;
	to->removed = from->removed;
	to->clean = from->clean;
	to->begun = from->begun;
	memcpy(&to->mark, from->mark.data, sizeof(to->mark));
	to->checkpoint = from->checkpoint;
	to->after = from->after;
	to->since = from->since;
	to->highest = from->highest;
	to->furthest = decode_point(from->furthest);
	to->share = decode_share(from->share);
	to->former.share = decode_share(from->former);
	if (from->until != NULL)
		to->former.until = decode_point(from->until);
	to->ranges_len = from->n_ranges;
	for (i = 0; i < from->n_ranges; i++) {
		if (from->ranges[i]->end == NULL)
			return -1;
		to->ranges[i] = (struct position_range){
			.end = decode_point(from->ranges[i]->end),
			.limit = from->ranges[i]->limit,
			.grouped = from->ranges[i]->grouped,
			.sent = from->ranges[i]->sent,
			.first = { from->ranges[i]->first_len,
			    from->ranges[i]->first_crc },
			.done = from->ranges[i]->done,
		};
	}
	return 0;
}

int
position_decode(struct position *position, const uint8_t *data, size_t len)
{
	Saved__Position *from;
	int result;

	memset(position, 0, sizeof(*position));
	errno = 0; /* It is malloc's to set. */
	if ((from = saved__position__unpack(NULL, len, data)) == NULL)
		return -1;
	result = decode(position, from);
	saved__position__free_unpacked(from, NULL);
	return result;
}

void
position_reach(struct position *position, const struct wal_mark *end)
{
	struct position_point point = position_point(end);

	if (end->inside == 0 && position_compare(point, position->furthest) > 0)
		position->furthest = point;
}
