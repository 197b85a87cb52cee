/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/series/final.h - the series that one destination is sent.
 *
 * From the labels that a series has in the WAL to those that it is sent with:
 * external labels are added where it lacks them, then rules are applied.  Two
 * series that become equal so are one final series, and keep their order as
 * one.  Each holds its labels packed as the bytes of a protobuf TimeSeries, to
 * be copied into requests; by these bytes it is found, and known by a number.
 * Beside them it takes 32 bytes.
 *
 * A series that is not sent is not unknown: something stands for it that holds
 * nothing but the reason, the same for all of one reason.
 */
#ifndef AGENT_SERIES_FINAL_H
#define AGENT_SERIES_FINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/series/fit.h"
#include "agent/series/relabel.h"
#include "agent/series/table.h"

/* A series whose packed labels are longer is refused. */
#define FINAL_PACKED_MAX (4u << 20) /* Bytes. */

/* In a final's batch: the last that holds it is that one, or any before. */
#define FINAL_OR_BEFORE (UINT64_C(1) << 63)

enum final_result {
	FINAL_OK,
	FINAL_DROPPED,   /* Not sent: a rule says so. */
	FINAL_REFUSED,   /* Not sent: too many or too long labels, or none. */
	FINAL_ELSEWHERE, /* Not sent here, but by another who has a share. */
	FINAL_UNFIT,     /* Not sent: the receiver takes no such labels. */
	FINAL_BEYOND,    /* Not sent: there was no room for one more. */
	FINAL_NOMEM,
};

struct final {
	struct table_entry in_table;
	uint64_t batch; /* The last that holds it, 0 if none: set by the window.
			   In a new series, after others were dropped: the
			   youngest of theirs, and FINAL_OR_BEFORE. */
	uint32_t refs;
	uint32_t packed_len; /* Bytes; 0 if it is not sent. */
	uint32_t source;     /* Hash of the labels that it was made of. */
	uint8_t packed[];    /* If it is not sent, an enum final_result. */
};

/* Whether the series is sent, or why not. */
static inline enum final_result
final_fate(const struct final *final)
{
	return final->packed_len > 0 ? FINAL_OK
				     : (enum final_result) final->packed[0];
}

#define FINAL_NONE 0u /* No final series has this number. */

struct finals;

/**
 * finals_new(external, external_len):
 * The final series of a destination, none at first.  The labels in
 * ${external} must outlive it.  NULL if there is no memory.
 */
struct finals *finals_new(
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
 * finals_share(finals, index, count):
 * From the next series on, send only those whose packed labels have a
 * hash_stable that leaves ${index} when divided by ${count}, if that is above
 * 1.  What nobody sends is said to be so by number 0 alone.
 */
void finals_share(struct finals *finals, uint32_t index, uint32_t count);

/* From the next series on, whatever rules leave of its labels, each has
 * ${mark}, which must outlive it. */
void finals_mark(struct finals *finals, const struct wal_label *mark);

/* From the next series on, do ${limits} with those that do not fit (fit.h). */
void finals_limit_labels(
    struct finals *finals, enum config_label_limits limits);

/* How the last series taken fits, said once: FIT_WELL until the next. */
enum fit finals_fit(struct finals *finals);

/* Whether it is new, and another is its twin (twins.h), said once likewise. */
bool finals_twin(struct finals *finals);

/* Whether the last series taken became equal to one of other labels, said
 * once: false until the next. */
bool finals_merged(struct finals *finals);

/* The youngest batch of a series that there is no more, or 0. */
uint64_t finals_dropped(const struct finals *finals);

/* The number of what stands for series that there is no room for. */
uint32_t finals_beyond(const struct finals *finals);

/**
 * finals_take(finals, labels, len, ret):
 * Store in ${ret} the number of the final series of a series with these
 * ${len} labels, or of what stands for it if it is not sent, one reference
 * more.  Without a label of its own it is refused, whatever is external.
 */
enum final_result finals_take(struct finals *finals,
    const struct wal_label *labels, size_t len, uint32_t *ret);

/* One reference fewer to the final series ${number}. */
void finals_drop(struct finals *finals, uint32_t number);

/* One reference more to ${final}, which has some. */
static inline void
finals_keep(struct final *final)
{
	final->refs++;
}

/* One reference fewer to ${final}. */
void finals_release(struct finals *finals, struct final *final);

/* The final series ${number}; valid as long as it is referred to. */
struct final *finals_at(const struct finals *finals, uint32_t number);

/* Where they are, by number. */
const struct slab *finals_slab(const struct finals *finals);

/* How many are sent, and how many bytes their packed labels take. */
size_t finals_count(const struct finals *finals);
size_t finals_packed(const struct finals *finals);

/* How many bytes of memory they take. */
size_t finals_bytes(const struct finals *finals);

/* How many searches of the rules' expressions were given up, and of which rule
 * the last, from 0. */
uint64_t finals_limited(const struct finals *finals);
size_t finals_limited_rule(const struct finals *finals);

#endif /* AGENT_SERIES_FINAL_H */
