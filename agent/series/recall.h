/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/series/recall.h - read a snapshot back.
 *
 * In bounded steps.  The first one ends with the head, so that it can be seen
 * whether the snapshot is of use; then each ref is given.  Only at RECALL_DONE
 * is it certain that all of them were: after any other end, what was learned
 * from them is to be forgotten.
 *
 * A recall is used by one thread.  Nothing here logs.
 */
#ifndef AGENT_SERIES_RECALL_H
#define AGENT_SERIES_RECALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/series/snapshot.h"
#include "wal/record.h"

#define RECALL_RECORDS 4u /* Records of series, or so, a step goes over. */

enum recall_result {
	RECALL_MORE,    /* Another step. */
	RECALL_WAIT,    /* It is being read from the disk: again soon. */
	RECALL_HEADED,  /* The head is there; then another step. */
	RECALL_DONE,    /* All of it was given. */
	RECALL_DAMAGED, /* It is no whole snapshot; recall_reason says why. */
	RECALL_NEWER,   /* It was written by a later version. */
	RECALL_FOREIGN, /* It is of another destination. */
	RECALL_NOMEM,   /* Out of memory. */
	RECALL_FAILED,  /* A system call failed; errno says why. */
};

struct recall;

/**
 * Called for a ref, last met in segment ${met}, with its ${len} labels, which
 * are valid until it returns and may be changed.  Return -1 if there is no
 * memory.
 */
typedef int recall_fn(void *arg, uint64_t ref, uint64_t met,
    struct wal_label *labels, size_t len);

/**
 * recall_new(fd, key, patient):
 * Read the snapshot in the file ${fd}, of the destination ${key}.  If
 * ${patient}, a step may block on the disk; else see RECALL_WAIT.  The recall
 * owns ${fd}.  Return NULL, leaving ${fd} to the caller, if there is no
 * memory.
 */
struct recall *recall_new(int fd, const char *key, bool patient);

/**
 * recall_families(recall, families):
 * Before the first step: put what the snapshot says of metric families into
 * ${families}, as far as there is room in it; else it is passed over.
 */
void recall_families(struct recall *recall, struct families *families);

/**
 * recall_step(recall, fn, arg):
 * Read on, and call ${fn}(${arg}, ...) for each ref.
 */
enum recall_result recall_step(struct recall *recall, recall_fn *fn, void *arg);

/* The head, from RECALL_HEADED on; valid as long as the recall. */
const struct snapshot_head *recall_head(const struct recall *recall);

/* After RECALL_DAMAGED: what is wrong, for a person; never freed. */
const char *recall_reason(const struct recall *recall);

/* How many refs were given so far. */
uint64_t recall_count(const struct recall *recall);

/* Do nothing to NULL. */
void recall_free(struct recall *recall);

#endif /* AGENT_SERIES_RECALL_H */
