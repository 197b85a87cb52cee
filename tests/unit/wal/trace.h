/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/wal/trace.h - all that a segment gives, as text.
 *
 * A line for each record, "0-17 plain 10 89abcdef" (offsets, codec, length and
 * checksum of its data), and for each damage, "!17 checksum does not match".
 * Two readings are alike if their texts are.
 *
 * On the way it checks what must hold for any bytes: that no call fails twice
 * at one place, that records follow each other, and that it ends.
 */
#ifndef TESTS_UNIT_WAL_TRACE_H
#define TESTS_UNIT_WAL_TRACE_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "wal/crc32c.h"
#include "wal/segment.h"

struct trace {
	FILE *out;
	char *text; /* Valid after trace_read. */
	size_t len;
	uint64_t stored;  /* Bytes of all records, as stored. */
	unsigned records; /* How many. */
	unsigned damages;
	uint64_t end; /* Of the last record. */
	struct wal_damage last;
};

static inline struct trace *
trace_new(void)
{
	struct trace *trace = calloc(1, sizeof(*trace));

	if (trace == NULL ||
	    (trace->out = open_memstream(&trace->text, &trace->len)) == NULL)
		abort();
	return trace;
}

static inline void
trace_free(struct trace *trace)
{
	(void)fclose(trace->out);
	free(trace->text);
	free(trace);
}

static inline void
trace_record(struct trace *trace, const struct wal_record *rec)
{
	static const char *const codecs[] = { "plain", "snappy", "zstd" };

	assert_true(rec->start >= trace->end && rec->end > rec->start);
	trace->end = rec->end;
	trace->stored += rec->end - rec->start;
	trace->records++;
	(void)fprintf(trace->out, "%" PRIu64 "-%" PRIu64 " %s %zu %08x\n",
	    rec->start, rec->end, codecs[rec->codec], rec->len,
	    crc32c(rec->data, rec->len));
}

static inline void
trace_damage(struct trace *trace, struct wal_damage damage)
{
	assert_true(trace->damages == 0 || damage.offset > trace->last.offset);
	trace->last = damage;
	trace->damages++;
	(void)fprintf(
	    trace->out, "!%" PRIu64 " %s\n", damage.offset, damage.reason);
}

/* Read on in ${segment} as far as it goes; what stopped it. */
static inline enum wal_status
trace_read(struct trace *trace, struct wal_segment *segment)
{
	struct wal_record rec;
	enum wal_status st;

	for (;;) {
		st = wal_segment_next(segment, &rec);
		if (st == WAL_OK)
			trace_record(trace, &rec);
		else if (st == WAL_CORRUPT)
			trace_damage(trace, wal_segment_damage(segment));
		else
			break;
	}
	(void)fflush(trace->out);
	return st;
}

/* What all of ${fd} gives; it is then at its end. */
static inline struct trace *
trace_of(int fd)
{
	struct trace *trace = trace_new();
	struct wal_segment *segment;

	if ((segment = wal_segment_open(dup(fd), 0, true)) == NULL)
		abort();
	assert_int_equal(trace_read(trace, segment), WAL_END);
	wal_segment_free(segment);
	return trace;
}

#endif /* TESTS_UNIT_WAL_TRACE_H */
