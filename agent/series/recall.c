/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/series/recall.h"
#include "wal/bytes.h"
#include "wal/grow.h"
#include "wal/segment.h"
#include "wal/unpack.h"

struct recall {
	struct wal_segment *segment;
	struct wal_unpack *unpack;
	char *key; /* Of the destination that asks. */

	enum { HEAD, MET, SERIES, NOTHING } next; /* The record expected. */
	struct snapshot_head head;
	uint8_t mark[SNAPSHOT_MARK_MAX];
	const char *reason;
	uint64_t refs, records;

	uint64_t *met; /* Of the series to come. */
	size_t met_len, met_cap;
	struct wal_series_list series;
	struct families *families; /* NULL: passed over. */
};

struct recall *
recall_new(int fd, const char *key, bool patient)
{
	struct recall *recall;

	if ((recall = calloc(1, sizeof(*recall))) == NULL)
		return NULL;
	recall->key = strdup(key);
	recall->unpack = wal_unpack_new();
	if (recall->key != NULL && recall->unpack != NULL)
		recall->segment = wal_segment_open(fd, 0, patient);
	if (recall->segment == NULL) {
		recall_free(recall);
		return NULL;
	}
	return recall;
}

void
recall_families(struct recall *recall, struct families *families)
{
	recall->families = families;
}

void
recall_free(struct recall *recall)
{
	if (recall == NULL)
		return;
	wal_segment_free(recall->segment);
	wal_unpack_free(recall->unpack);
	wal_series_list_release(&recall->series);
	free(recall->met);
	free(recall->key);
	free(recall);
}

static enum recall_result
damaged(struct recall *recall, const char *reason)
{
	recall->reason = reason;
	return RECALL_DAMAGED;
}

/* The magic number and version after the type; a snapshot begins with them. */
static enum recall_result
read_version(struct recall *recall, struct wal_bytes *bytes)
{
	const size_t len = strlen(SNAPSHOT_MAGIC);

	if (wal_bytes_left(bytes) < len ||
	    memcmp(bytes->at, SNAPSHOT_MAGIC, len) != 0)
		return damaged(recall, "not a snapshot");
	bytes->at += len;
	if (wal_bytes_uvarint(bytes) > SNAPSHOT_VERSION)
		return RECALL_NEWER;
	return RECALL_MORE;
}

static enum recall_result
read_head(struct recall *recall, struct wal_bytes *bytes)
{
	enum recall_result result = read_version(recall, bytes);
	struct snapshot_head head = { .key = recall->key };
	struct wal_text key, mark;

	if (result != RECALL_MORE)
		return result;
	key = wal_bytes_text(bytes);
	head.generation = wal_bytes_be64(bytes);
	head.segment = wal_bytes_be64(bytes);
	head.offset = wal_bytes_be64(bytes);
	head.redefined = wal_bytes_be64(bytes);
	mark = wal_bytes_text(bytes);
	if (bytes->bad || wal_bytes_left(bytes) > 0 ||
	    mark.len > sizeof(recall->mark))
		return damaged(recall, "its head does not decode");
	if (key.len != strlen(recall->key) ||
	    memcmp(key.data, recall->key, key.len) != 0)
		return RECALL_FOREIGN;
	memcpy(recall->mark, mark.data, mark.len);
	head.mark = recall->mark;
	head.mark_len = mark.len;
	recall->head = head;
	recall->next = MET;
	return RECALL_HEADED;
}

static enum recall_result
read_met(struct recall *recall, struct wal_bytes *bytes)
{
	uint64_t *met;

	recall->met_len = 0;
	while (wal_bytes_left(bytes) > 0) {
		met = wal_grow(recall->met, &recall->met_cap,
		    recall->met_len + 1, sizeof(*met));
		if (met == NULL)
			return RECALL_NOMEM;
		recall->met = met;
		met[recall->met_len++] = wal_bytes_uvarint(bytes);
	}
	if (bytes->bad)
		return damaged(recall, "a record of segments does not decode");
	recall->next = SERIES;
	return RECALL_MORE;
}

static enum recall_result
read_series(struct recall *recall, const uint8_t *data, size_t len,
    recall_fn *fn, void *arg)
{
	enum wal_status st = wal_decode_series(data, len, &recall->series);
	const struct wal_series *series;
	size_t i;

	if (st == WAL_NOMEM)
		return RECALL_NOMEM;
	if (st != WAL_OK)
		return damaged(recall, "a record of series does not decode");
	if (recall->series.len != recall->met_len)
		return damaged(recall, "segments and series do not match");
	for (i = 0; i < recall->series.len; i++) {
		series = &recall->series.series[i];
		if (fn(arg, series->ref, recall->met[i],
			recall->series.pool.labels + series->first,
			series->count) != 0)
			return RECALL_NOMEM;
		recall->refs++;
	}
	recall->records++;
	recall->next = MET;
	return RECALL_MORE;
}

static enum recall_result
read_families(struct recall *recall, struct wal_bytes *bytes)
{
	struct family family;
	unsigned int type;

	while (wal_bytes_left(bytes) > 0) {
		type = wal_bytes_u8(bytes);
		family.type = type < FAMILY_TYPES ? type : FAMILY_UNKNOWN;
		family.name = wal_bytes_text(bytes);
		family.help = wal_bytes_text(bytes);
		family.unit = wal_bytes_text(bytes);
		if (!bytes->bad && recall->families != NULL)
			(void)families_put(recall->families, &family);
	}
	if (bytes->bad)
		return damaged(recall, "a record of families does not decode");
	recall->records++;
	return RECALL_MORE;
}

static enum recall_result
read_end(struct recall *recall, struct wal_bytes *bytes)
{
	uint64_t refs = wal_bytes_uvarint(bytes);
	uint64_t records = wal_bytes_uvarint(bytes);

	if (bytes->bad || wal_bytes_left(bytes) > 0)
		return damaged(recall, "its end does not decode");
	if (refs != recall->refs || records != recall->records)
		return damaged(recall, "records are missing");
	recall->next = NOTHING;
	return RECALL_MORE;
}

/* Read a record's plain bytes. */
static enum recall_result
read_plain(struct recall *recall, const uint8_t *data, size_t len,
    recall_fn *fn, void *arg)
{
	struct wal_bytes bytes = { data, data + len, false };
	unsigned int type = wal_bytes_u8(&bytes);

	if (recall->next == HEAD)
		return type == SNAPSHOT_HEAD
		    ? read_head(recall, &bytes)
		    : damaged(recall, "not a snapshot");
	if (recall->next == MET && type == SNAPSHOT_MET)
		return read_met(recall, &bytes);
	if (recall->next == SERIES && type == WAL_SERIES)
		return read_series(recall, data, len, fn, arg);
	if (recall->next == MET && type == SNAPSHOT_FAMILY)
		return read_families(recall, &bytes);
	if (recall->next == MET && type == SNAPSHOT_END)
		return read_end(recall, &bytes);
	return damaged(recall, "records out of order");
}

/* There is no further record. */
static enum recall_result
conclude(struct recall *recall)
{
	uint64_t from, count;

	if (recall->next != NOTHING)
		return damaged(recall, "cut off");
	if (wal_segment_unread(recall->segment, &from, &count) != WAL_OK)
		return RECALL_FAILED;
	return count == 0 ? RECALL_DONE
			  : damaged(recall, "something comes after its end");
}

/* Read the next record. */
static enum recall_result
read_next(struct recall *recall, recall_fn *fn, void *arg)
{
	struct wal_record rec;
	const uint8_t *data;
	enum wal_status st;
	size_t len;

	st = wal_segment_next(recall->segment, &rec);
	if (st == WAL_OK)
		st = wal_unpack_record(recall->unpack, &rec, &data, &len);
	switch (st) {
	case WAL_OK:
		return read_plain(recall, data, len, fn, arg);
	case WAL_END:
		return conclude(recall);
	case WAL_WAIT:
		return RECALL_WAIT;
	case WAL_NOMEM:
		return RECALL_NOMEM;
	case WAL_IO:
		return RECALL_FAILED;
	case WAL_CORRUPT:
	case WAL_NOTICE: /* Never: that is a follower's. */
		break;
	}
	return damaged(recall, "its bytes are damaged");
}

enum recall_result
recall_step(struct recall *recall, recall_fn *fn, void *arg)
{
	uint64_t until = recall->records + RECALL_RECORDS;
	enum recall_result result;

	do
		result = read_next(recall, fn, arg);
	while (result == RECALL_MORE && recall->records < until);
	return result;
}

const struct snapshot_head *
recall_head(const struct recall *recall)
{
	return &recall->head;
}

const char *
recall_reason(const struct recall *recall)
{
	return recall->reason;
}

uint64_t
recall_count(const struct recall *recall)
{
	return recall->refs;
}
