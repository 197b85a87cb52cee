/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal/log.h - the log that a reader sees: what is in the directory, and what
 * is kept of it elsewhere.
 *
 * A keeper holds segments, so that they can be read after Prometheus deleted
 * or rewrote them.  It counts generations: that of the directory is the last.
 * A number that comes to stand for another file, or numbers that go back, close
 * a generation, of which only what is kept can be read any more.
 */
#ifndef WAL_LOG_H
#define WAL_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "wal/dir.h"
#include "wal/status.h"

/* Whoever implements it embeds it. */
struct wal_keeper {
	/* The generation of the directory, as it is at this moment. */
	uint64_t (*generation)(struct wal_keeper *keeper);

	/*
	 * The lowest generation above ${generation}, which is closed, of which
	 * something is kept; the directory's if there is none before it.
	 */
	uint64_t (*next)(struct wal_keeper *keeper, uint64_t generation);

	/*
	 * Add to ${list}, in whatever order, by wal_dir_add, the segments of
	 * ${generation} that are kept.
	 */
	enum wal_status (*list)(struct wal_keeper *keeper, uint64_t generation,
	    struct wal_dir_list *list);

	/*
	 * The number below which the segments of generation ${a} are those of
	 * ${b}, as far as is known; 0: there are none.
	 */
	uint64_t (*common)(struct wal_keeper *keeper, uint64_t a, uint64_t b);

	/*
	 * Open the segment ${number} of ${generation} to read: a descriptor at
	 * offset 0 that shares it with no other, the caller's.  -1, with errno:
	 * ENOENT if it is not kept.
	 */
	int (*open)(
	    struct wal_keeper *keeper, uint64_t generation, uint64_t number);
};

/* With ${path} set, and else zeroed, it is ready for use. */
struct wal_log {
	const char *path;          /* The directory; not owned. */
	struct wal_keeper *keeper; /* NULL: only what is there. */
	uint64_t generation;       /* That which is read.  Without a keeper
				      readers count for themselves. */
	bool closed;        /* It is not that of the directory any more. */
	struct wal_dir dir; /* What of it there is: a segment that is only
			       kept has no name. */
};

/**
 * wal_log_look(log):
 * List what there is of ${log->generation}, or, if that is yet to come, of the
 * directory's.  Of one that is closed these are the segments that are kept, and
 * checkpoints that are of both.  A directory that is not there is an empty
 * one.  Return WAL_IO, with errno, if it cannot be listed.
 */
enum wal_status wal_log_look(struct wal_log *log);

/**
 * wal_log_open(log, entry):
 * Open the segment ${entry}, as listed, to read.  Return its descriptor, or
 * -1 as wal_dir_open_segment does.
 */
int wal_log_open(const struct wal_log *log, const struct wal_dir_entry *entry);

/* Whether no segment from ${number} on is left of a closed generation. */
bool wal_log_is_over(const struct wal_log *log, uint64_t number);

/**
 * wal_log_advance(log):
 * Have ${log->generation}, which is over, be the next that there is something
 * of; wal_log_look lists it.
 */
void wal_log_advance(struct wal_log *log);

/* Free what was listed; it is then as good as new. */
void wal_log_release(struct wal_log *log);

#endif /* WAL_LOG_H */
