/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/wal/broken.h - a small segment to break, and what it then gives. */
#ifndef TESTS_UNIT_WAL_BROKEN_H
#define TESTS_UNIT_WAL_BROKEN_H

#include <stdlib.h>
#include <string.h>

#include "tests/unit/wal/noise.h"
#include "tests/unit/wal/scratch.h"
#include "tests/unit/wal/trace.h"
#include "tests/unit/wal/writer.h"
#include "wal/segment.h"

#define PAGE WAL_PAGE_SIZE
#define PART_MAX (PAGE - WRITER_HEADER) /* Bytes of data a page can hold. */
#define LEN 100u                        /* Bytes of the records' data. */
#define SIZE (WRITER_HEADER + LEN)      /* As stored. */

/* Three records on a page, 0-107, 107-214 and 214-321, and one on the next. */
static inline int
three_and_one(void)
{
	struct writer writer = { 0 };
	int i, fd = scratch_file();

	writer_open(&writer, fd);
	for (i = 0; i < 3; i++)
		writer_log(&writer, noise() + i, LEN);
	writer_pad(&writer);
	writer_log(&writer, noise(), LEN);
	writer_pad(&writer);
	writer_close(&writer);
	return fd;
}

/* Cut what follows the offsets from the lines of records. */
static inline char *
brief(const char *text)
{
	char *copy = strdup(text), *to = copy;
	bool damage = false, cut = false;

	assert_non_null(copy);
	for (; *text != '\0'; text++) {
		damage = *text == '!' || (damage && *text != '\n');
		cut = !damage && *text != '\n' && (cut || *text == ' ');
		if (!cut)
			*to++ = *text;
	}
	*to = '\0';
	return copy;
}

/* ${fd}, which is then closed, gives ${wanted}, and skips ${skipped} bytes. */
static inline void
check(int fd, const char *wanted, uint64_t skipped)
{
	struct wal_segment *segment = wal_segment_open(fd, 0, true);
	struct trace *trace = trace_new();
	uint64_t from, unread;
	char *text;

	assert_non_null(segment);
	assert_int_equal(trace_read(trace, segment), WAL_END);
	text = brief(trace->text);
	assert_string_equal(text, wanted);
	assert_int_equal(wal_segment_skipped(segment), skipped);
	assert_int_equal(wal_segment_unread(segment, &from, &unread), WAL_OK);
	assert_int_equal(unread, 0);
	free(text);
	trace_free(trace);
	wal_segment_free(segment);
}

#endif /* TESTS_UNIT_WAL_BROKEN_H */
