/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "wal/segment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/*
 * Read to the end, and count: it must come, no place may fail twice, and no
 * byte be in two records, or in a record and skipped.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct wal_segment *segment;
	struct wal_record record;
	uint64_t stored = 0, end = 0, from, unread;
	enum wal_status st;
	size_t steps = 0;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd == -1 || write(fd, data, len) != (ssize_t)len ||
	    (segment = wal_segment_open(fd, 0, true)) == NULL)
		abort();
	while ((st = wal_segment_next(segment, &record)) == WAL_OK ||
	    st == WAL_CORRUPT) {
		if (++steps > 2 * len + 2 ||
		    (st == WAL_OK && record.start < end))
			abort();
		if (st == WAL_OK) {
			stored += record.end - record.start;
			end = record.end;
		}
	}
	if (st != WAL_END ||
	    wal_segment_unread(segment, &from, &unread) != WAL_OK ||
	    stored + wal_segment_skipped(segment) + unread > len)
		abort();
	wal_segment_free(segment);
	return 0;
}
