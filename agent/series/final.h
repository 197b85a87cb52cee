/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/series/final.h - the series that one destination is sent.
 *
 * From the labels that a series has in the WAL to those that it is sent with:
 * external labels are added where it lacks them, then rules are applied.  Two
 * series that become equal so are one final series, and keep their order as
 * one.  Each holds its labels packed as the bytes of a protobuf TimeSeries, to
 * be copied into requests.
 *
 * A series that is not sent is not unknown: something stands for it that holds
 * nothing but the reason, the same for all of one reason.
 */
#ifndef AGENT_SERIES_FINAL_H
#define AGENT_SERIES_FINAL_H

#include <stddef.h>
#include <stdint.h>

#include "agent/series/labelset.h"
#include "agent/series/relabel.h"

/* A series whose packed labels are longer is refused. */
#define FINAL_PACKED_MAX (4u << 20) /* Bytes. */

/* In a final's batch: the last that holds it is that one, or any before. */
#define FINAL_OR_BEFORE (UINT64_C(1) << 63)

enum final_result {
	FINAL_OK,
	FINAL_DROPPED, /* Not sent: a rule says so. */
	FINAL_REFUSED, /* Not sent: too many or too long labels, or none. */
	FINAL_NOMEM,
};

struct final {
	uint64_t batch; /* The last that holds it, 0 if none: set by the window.
			   In a new series, after others were dropped: the
			   youngest of theirs, and FINAL_OR_BEFORE. */
	struct labelset *labels;
	uint32_t refs;
	uint32_t packed_len; /* Bytes; 0 if it is not sent. */
	uint8_t packed[];    /* If it is not sent, an enum final_result. */
};

/* Whether the series is sent, or why not. */
static inline enum final_result
final_fate(const struct final *final)
{
	return final->packed_len > 0 ? FINAL_OK
				     : (enum final_result) final->packed[0];
}

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

/**
 * finals_relabel(finals, rules, len):
 * From the next series on, apply the ${len} rules at ${rules}, which must
 * outlive it.  Return -1 if there is no memory.
 */
int finals_relabel(
    struct finals *finals, const struct config_rule *rules, size_t len);

/**
 * finals_take(finals, labels, len, ret):
 * Store in ${ret} the final series of a series with these ${len} labels, or
 * what stands for it if it is not sent, one reference more.
 */
enum final_result finals_take(struct finals *finals,
    const struct wal_label *labels, size_t len, struct final **ret);

/* One reference fewer. */
void finals_drop(struct finals *finals, struct final *final);

/* How many are sent, and how many bytes their packed labels take. */
size_t finals_count(const struct finals *finals);
size_t finals_packed(const struct finals *finals);

/* How many searches of the rules' expressions were given up. */
uint64_t finals_limited(const struct finals *finals);

#endif /* AGENT_SERIES_FINAL_H */
