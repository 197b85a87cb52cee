/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/series/keeping.h - maps that are kept in snapshots, for tests. */
#ifndef TESTS_UNIT_SERIES_KEEPING_H
#define TESTS_UNIT_SERIES_KEEPING_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/series/recall.h"
#include "agent/series/snapshot.h"
#include "tests/unit/series/series.h"

/* A map of a destination that adds the label host=h1. */
struct keeping {
	struct labelsets *sets;
	struct series_labels external;
	struct finals *finals;
	struct refmap *map;
};

static inline void
keeping_begin(struct keeping *k)
{
	k->sets = labelsets_new();
	k->external = series_labels("host=h1");
	k->finals = finals_new(k->external.labels, k->external.len);
	k->map = refmap_new(k->sets, k->finals);
	if (k->map == NULL)
		abort();
}

static inline void
keeping_end(struct keeping *k)
{
	refmap_free(k->map);
	finals_free(k->finals);
	labelsets_free(k->sets);
}

/* Have ${k} learn ${count} refs from ${first} on, met in segments 0 to 6. */
static inline void
keeping_learn(struct keeping *k, uint64_t first, unsigned int count)
{
	char text[64];
	uint64_t ref;

	for (ref = first; ref < first + count; ref++) {
		(void)snprintf(text, sizeof(text), "__name__=m%u,n=%u",
		    (unsigned int)(ref % 10), (unsigned int)ref);
		if (series_learn(k->map, ref, ref % 7, text) != FINAL_OK)
			abort();
	}
}

/* Where the log was read to, in all these snapshots. */
static inline struct snapshot_head
keeping_head(void)
{
	return (struct snapshot_head){
		.key = "http h /w",
		.generation = 3,
		.segment = 17,
		.offset = 32768,
		.mark = "mark\0",
		.mark_len = 6,
	};
}

/* Gather and put until it ends; return how. */
static inline enum snapshot_state
keeping_step_to_end(struct snapshot *snapshot)
{
	enum snapshot_state state;

	do {
		state = snapshot_gather(snapshot);
		if (state == SNAPSHOT_MORE)
			state = snapshot_put(snapshot);
	} while (state == SNAPSHOT_MORE);
	return state;
}

/* Write the map of ${k} to ${path}. */
static inline enum snapshot_state
keeping_write(struct keeping *k, const char *path)
{
	struct snapshot_head head = keeping_head();
	struct snapshot *snapshot = snapshot_new(path, k->map, &head);
	enum snapshot_state state;

	if (snapshot == NULL)
		abort();
	state = keeping_step_to_end(snapshot);
	snapshot_free(snapshot);
	return state;
}

static inline int
keeping_take(
    void *arg, uint64_t ref, uint64_t met, struct wal_label *labels, size_t len)
{
	struct keeping *k = arg;

	return refmap_learn(k->map, ref, met, labels, len) == FINAL_NOMEM ? -1
									  : 0;
}

/* Have ${k} learn what is in ${fd}, which this closes; return how it ends. */
static inline enum recall_result
keeping_recall(struct keeping *k, int fd, const char **ret_reason)
{
	struct recall *recall = recall_new(fd, keeping_head().key, true);
	enum recall_result result;

	if (recall == NULL)
		abort();
	do
		result = recall_step(recall, keeping_take, k);
	while (result == RECALL_MORE || result == RECALL_HEADED);
	*ret_reason = recall_reason(recall);
	recall_free(recall);
	return result;
}

static inline enum recall_result
keeping_read(struct keeping *k, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const char *reason;

	if (fd == -1)
		return RECALL_FAILED;
	return keeping_recall(k, fd, &reason);
}

/* The labels of ${ref} in the log: "name=value,..."; "-" if it is unknown. */
static inline const char *
keeping_labels(const struct keeping *k, uint64_t ref)
{
	uint32_t set = refmap_labels(k->map, ref);
	struct wal_label labels[SERIES_LABELS];
	struct wal_label_list list = { labels, 0, SERIES_LABELS };
	static char text[256];
	size_t i, at = 0;

	if (set == LABELSET_NONE)
		return "-";
	if (labelsets_labels(k->sets, set, &list) != 0)
		abort();
	text[0] = '\0';
	for (i = 0; i < labelsets_len(k->sets, set); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
		    "%s%.*s=%.*s", i > 0 ? "," : "", (int)labels[i].name.len,
		    labels[i].name.data, (int)labels[i].value.len,
		    labels[i].value.data);
	return text;
}

#endif /* TESTS_UNIT_SERIES_KEEPING_H */
