/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/wal/writer.h - a WAL as Prometheus writes it, for tests.
 *
 * Records go into a page of 32 KiB in fragments; the page goes to the file
 * when it is full, filled up with zeros, or as far as it is used when a batch
 * of records ends:
 *
 *	struct writer writer = { .codec = WAL_SNAPPY };
 *
 *	writer_open_dir(&writer, "data/wal", 0);
 *	writer_series(&writer, 1, "__name__", "up", NULL);
 *	writer_sample(&writer, 1, 1000, 1.0);
 *	writer_rotate(&writer);
 *	...
 *	writer_close(&writer);
 *
 * What a batch leaves is written at once; for a reader that comes between two
 * writes, set ${hold} and call writer_write, which stops at any byte.
 *
 * Whatever fails here ends the program: a test cannot go on.
 */
#ifndef TESTS_UNIT_WAL_WRITER_H
#define TESTS_UNIT_WAL_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wal/record.h"
#include "wal/segment.h"

/* Kinds of fragments, and the codec bits that go with them. */
enum {
	WRITER_FULL = 1,
	WRITER_FIRST = 2,
	WRITER_MIDDLE = 3,
	WRITER_LAST = 4,
	WRITER_SNAPPY = 0x08,
	WRITER_ZSTD = 0x10,
};

#define WRITER_HEADER 7u /* Bytes of a fragment's header. */

/* A zeroed writer, with a codec or without, is ready to be opened. */
struct writer {
	enum wal_codec codec; /* May be changed between two records. */
	bool hold;            /* Write to the file in writer_write only. */
	size_t segment_max;   /* Bytes after which to rotate; 0: never. */

	char *dir;       /* NULL: one segment, on a descriptor. */
	uint64_t number; /* Of the segment being written. */
	int fd;
	uint64_t size; /* Bytes of the segment, those not written too. */

	uint8_t page[WAL_PAGE_SIZE];
	size_t used;    /* Bytes of the page that fragments take. */
	size_t flushed; /* Of them, those that were sent to the file. */

	uint8_t *queue; /* Sent, and not written yet. */
	size_t queued;
};

/* Write one segment to ${fd}, which stays the caller's. */
void writer_open(struct writer *writer, int fd);

/* Write segments, the first being ${number}, to the directory ${dir}. */
void writer_open_dir(struct writer *writer, const char *dir, uint64_t number);

/* Add a record; it is in the file at the latest when its batch ends. */
void writer_add(struct writer *writer, const uint8_t *data, size_t len);

/* End a batch: the page is sent as far as it is used. */
void writer_end(struct writer *writer);

/* Add a record that is a batch of its own. */
void writer_log(struct writer *writer, const uint8_t *data, size_t len);

/* Log a series record of one entry: name, value, ..., NULL. */
void writer_series(struct writer *writer, uint64_t ref, ...)
    __attribute__((sentinel));

/* Log a samples record, of samples without start times. */
void writer_samples(
    struct writer *writer, const struct wal_sample *samples, size_t count);

/* Log a record of samples with start times. */
void writer_samples_v2(
    struct writer *writer, const struct wal_sample *samples, size_t count);

/* Log a samples record of one sample. */
void writer_sample(
    struct writer *writer, uint64_t ref, int64_t time, double value);

/* Add a fragment of any ${header} byte, sound or not in its place. */
void writer_fragment(
    struct writer *writer, uint8_t header, const uint8_t *data, size_t len);

/* Fill up the page with zeros, if it is in use. */
void writer_pad(struct writer *writer);

/* Pad the segment and go on with the next, as Prometheus does. */
void writer_rotate(struct writer *writer);

/* Go on with the next segment as it is after a crash: nothing is padded. */
void writer_crash(struct writer *writer);

/**
 * writer_write(writer, max):
 * Write at most ${max} of the bytes sent; return how many are left.  They are
 * of the current segment: writer_rotate writes what is left before it.
 */
size_t writer_write(struct writer *writer, size_t max);

/* End the batch and let go of everything; the last page is not padded. */
void writer_close(struct writer *writer);

#endif /* TESTS_UNIT_WAL_WRITER_H */
