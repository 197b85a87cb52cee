/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/ship/head.h - how far Prometheus has come with its log.
 */
#ifndef AGENT_SHIP_HEAD_H
#define AGENT_SHIP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wal/mark.h"

/* What is taken for the size of a segment that is not in the directory. */
#define HEAD_SEGMENT_BYTES (UINT64_C(128) << 20)

/* Of so many, the newest, the size is asked. */
#define HEAD_SEGMENTS_MAX 4096u

/* Zeroed it knows of none. */
struct head {
	struct head_segment {
		uint64_t number;
		uint64_t bytes;
	} * segments; /* By number. */
	size_t len;
};

/* Look at the log at ${path} anew; what cannot be seen is not there. */
void head_look(struct head *head, const char *path);

/* Free it; it is then as zeroed. */
void head_release(struct head *head);

/* Where the log ends; false: there is none. */
bool head_end(const struct head *head, struct wal_position *ret);

/* How many bytes its segments have. */
uint64_t head_bytes(const struct head *head);

/**
 * head_behind(head, from):
 * About how many bytes of log there are from ${from} to the end.  Segments that
 * are not in the directory any more count as whole ones.
 */
uint64_t head_behind(const struct head *head, struct wal_position from);

#endif /* AGENT_SHIP_HEAD_H */
