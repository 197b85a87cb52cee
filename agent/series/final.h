/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/series/final.h - the series that one destination is sent.
 *
 * From the labels that a series has in the WAL to those that it is sent with:
 * external labels are added where it lacks them.  Two series that become equal
 * so are one final series, and keep their order as one.  Each holds its labels
 * packed as the bytes of a protobuf TimeSeries, to be copied into requests.
 */
#ifndef AGENT_SERIES_FINAL_H
#define AGENT_SERIES_FINAL_H

#include <stddef.h>
#include <stdint.h>

#include "agent/series/labelset.h"

/* A series whose packed labels are longer is refused. */
#define FINAL_PACKED_MAX (4u << 20) /* Bytes. */

/* In a final's batch: the last that holds it is that one, or any before. */
#define FINAL_OR_BEFORE (UINT64_C(1) << 63)

struct final {
	uint64_t batch; /* The last that holds it, 0 if none: set by the window.
			   In a new series, after others were dropped: the
			   youngest of theirs, and FINAL_OR_BEFORE. */
	struct labelset *labels;
	uint32_t refs;
	uint32_t packed_len; /* Bytes. */
	uint8_t packed[];
};

struct finals;

/**
 * finals_new(sets, external, external_len):
 * The final series of a destination, none at first.  ${sets} and the labels
 * in ${external} must outlive it.  NULL if there is no memory.
 */
struct finals *finals_new(struct labelsets *sets,
    const struct wal_label *external, size_t external_len);

/* Free all final series, referred to or not.  Do nothing to NULL. */
void finals_free(struct finals *finals);

enum final_result {
	FINAL_OK,
	FINAL_REFUSED, /* Too many or too long labels, or none. */
	FINAL_NOMEM,
};

/**
 * finals_take(finals, labels, len, ret):
 * Store in ${ret} the final series of a series with these ${len} labels, one
 * reference more.
 */
enum final_result finals_take(struct finals *finals,
    const struct wal_label *labels, size_t len, struct final **ret);

/* One reference fewer. */
void finals_drop(struct finals *finals, struct final *final);

/* How many there are, and how many bytes their packed labels take. */
size_t finals_count(const struct finals *finals);
size_t finals_packed(const struct finals *finals);

#endif /* AGENT_SERIES_FINAL_H */
