/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/series/relabel.h - the labels that a series gets by rules.
 *
 * The rules of write_relabel_configs, one after the other, as Prometheus
 * applies them (model/relabel/relabel.go, 3.x).  First the values of the
 * source labels are joined, a label that is not there being ""; then
 *
 *   keep, drop            the series goes unless, or if, the expression fits
 *   keepequal, dropequal  the same for the target's value being the joined one
 *   replace               if it fits, the target becomes the replacement
 *   lowercase, uppercase  the target becomes the joined value, changed so
 *   hashmod               the target becomes the last eight bytes of the
 *                         joined value's MD5, modulo the modulus
 *   labelmap              each label whose name fits is copied to the
 *                         replacement
 *   labeldrop, labelkeep  each label goes if, or unless, its name fits
 *
 * A label that becomes empty goes.  Labels that begin with "__" are as any
 * others: remote write takes none of them away.  A search that is given up
 * (agent/base/regex.h) is as one that does not fit, and is counted.
 *
 * lowercase and uppercase need the locale C.UTF-8; where a system lacks it,
 * only the letters of ASCII are changed.
 */
#ifndef AGENT_SERIES_RELABEL_H
#define AGENT_SERIES_RELABEL_H

#include <stddef.h>
#include <stdint.h>

#include "agent/config/config.h"
#include "wal/record.h"

/* Bytes of text that the rules may make of one series. */
#define RELABEL_TEXT_MAX (8u << 20)

struct relabel;

/**
 * relabel_new(rules, len):
 * The ${len} rules at ${rules}, which must outlive it.  NULL if there is no
 * memory.
 */
struct relabel *relabel_new(const struct config_rule *rules, size_t len);

/* Do nothing to NULL. */
void relabel_free(struct relabel *relabel);

enum relabel_result {
	RELABEL_KEPT,
	RELABEL_DROPPED, /* A rule says that the series goes. */
	RELABEL_LARGE,   /* It would have too many or too long labels. */
	RELABEL_NOMEM,
};

/* Labels that someone else holds. */
struct relabel_labels {
	struct wal_label *labels;
	size_t len;
};

/**
 * relabel_apply(relabel, labels, len, ret):
 * Store in ${ret} what becomes of a series with these ${len} labels, at most
 * LABELSET_LABELS_MAX: by name, none empty, as labelset.h has it.  They may be
 * moved in place, and are valid until the next call, as long as ${labels} are.
 */
enum relabel_result relabel_apply(struct relabel *relabel,
    const struct wal_label *labels, size_t len, struct relabel_labels *ret);

/* How many searches were given up, and of which rule the last, from 0. */
uint64_t relabel_limited(const struct relabel *relabel);
size_t relabel_limited_rule(const struct relabel *relabel);

#endif /* AGENT_SERIES_RELABEL_H */
