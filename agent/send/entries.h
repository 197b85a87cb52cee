/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/send/entries.h - a plain request taken apart into its entries.
 *
 * An entry is a sample, an exemplar or a histogram.  It has a number, its
 * place, by which parts of a request are told: the entries of the series that
 * comes first in the request come first, in their order, then those of the
 * next series, wherever in the request they are.  So entries between two
 * places are few series whole, but for the first and the last of them.
 */
#ifndef AGENT_SEND_ENTRIES_H
#define AGENT_SEND_ENTRIES_H

#include <stddef.h>
#include <stdint.h>

#include "agent/meters/kind.h"

/* A TimeSeries of the request; several may be of one series. */
struct entry_group {
	const uint8_t *labels; /* Its packed labels, in the request. */
	size_t labels_len;
	uint32_t series; /* Number of the series, from 0. */
};

struct entry {
	const uint8_t *field; /* As packed in its group, in the request. */
	size_t field_len;
	int64_t time; /* Milliseconds since 1970. */
	uint32_t group;
	uint32_t place;
	enum kept_kind kind;
};

/* Zeroed, it is empty. */
struct entries {
	struct entry *list; /* In the order of the request. */
	size_t len, cap;
	struct entry_group *groups;
	size_t groups_len, groups_cap;
	uint32_t *starts; /* Place of each series' first entry, then the end. */
	uint32_t series;  /* How many there are. */
};

/**
 * entries_read(entries, plain, len):
 * Take the ${len} bytes at ${plain} apart, a request made by
 * agent/batch/encode.h, which must outlive ${entries}.  Return -1, to be
 * released all the same, if there is no memory.
 */
int entries_read(struct entries *entries, const uint8_t *plain, size_t len);

/* Free what it holds. */
void entries_release(struct entries *entries);

#endif /* AGENT_SEND_ENTRIES_H */
