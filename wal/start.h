/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal/start.h - the start times of samples and histograms after the first.
 *
 *   u8 0: none, 1: that of the one before,
 *   any other: varint start - start of the first
 */
#ifndef WAL_START_H
#define WAL_START_H

#include "wal/bytes.h"

/* Read a start time; ${first} and ${previous} are those of its neighbours. */
static inline int64_t
wal_start_read(struct wal_bytes *bytes, int64_t first, int64_t previous)
{
	switch (wal_bytes_u8(bytes)) {
	case 0:
		return 0;
	case 1:
		return previous;
	default:
		return (int64_t)((uint64_t)first +
		    (uint64_t)wal_bytes_varint(bytes));
	}
}

#endif /* WAL_START_H */
