/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal/window.h - the bytes of a file from where we are, however they come.
 *
 * The file may be growing, and what is not in memory may be left to the kernel
 * to fetch.  A call that cannot give all that was asked for changes nothing,
 * and can be made again.
 */
#ifndef WAL_WINDOW_H
#define WAL_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wal/status.h"

#define WAL_WINDOW_NEED_MAX 32768u /* Bytes that can be had at once. */

struct wal_window {
	int fd;             /* Not owned. */
	bool patient;       /* Reads may block on the disk. */
	unsigned int waits; /* Reads in a row that were not in memory. */
	uint64_t base;      /* File offset of bytes[0]. */
	size_t filled;      /* Bytes read so far. */
	size_t at;          /* Where we are, at most ${filled}. */
	uint8_t bytes[4 * WAL_WINDOW_NEED_MAX]; /* With room to read ahead. */
};

/* Be at ${offset} of ${fd}.  If not ${patient}, see WAL_WAIT. */
void wal_window_init(
    struct wal_window *window, int fd, uint64_t offset, bool patient);

/**
 * wal_window_need(window, want):
 * Have the next ${want} bytes at wal_window_data, at most WAL_WINDOW_NEED_MAX.
 * WAL_END: the file has not got them, yet.
 */
enum wal_status wal_window_need(struct wal_window *window, size_t want);

/**
 * wal_window_peek(window, offset, to, len):
 * Copy the ${len} bytes at ${offset} of the file to ${to}, without going there.
 * WAL_END: the file has not got them, yet.
 */
enum wal_status wal_window_peek(
    struct wal_window *window, uint64_t offset, void *to, size_t len);

/* Go to ${offset} of the file, forwards or back. */
void wal_window_seek(struct wal_window *window, uint64_t offset);

/* The file offset of where we are. */
static inline uint64_t
wal_window_tell(const struct wal_window *window)
{
	return window->base + window->at;
}

/* The file offset up to which it was read. */
static inline uint64_t
wal_window_end(const struct wal_window *window)
{
	return window->base + window->filled;
}

/* The bytes that were needed.  Valid until more are needed. */
static inline const uint8_t *
wal_window_data(const struct wal_window *window)
{
	return window->bytes + window->at;
}

#endif /* WAL_WINDOW_H */
