/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/series/fit.h - what an Azure Monitor workspace takes of labels.
 *
 * It drops, and tells nobody in particular, a series with more labels than
 * FIT_LABELS_MAX, with a longer name, value or metric name than these, or with
 * two names of labels that are one but for small and capital letters.  Lengths
 * are of UTF-16 units, which no text has more of than bytes.
 */
#ifndef AGENT_SERIES_FIT_H
#define AGENT_SERIES_FIT_H

#include <stddef.h>

#include "agent/series/labels.h"

#define FIT_LABELS_MAX 63u  /* Its name among them. */
#define FIT_NAME_MAX 511u   /* Of a label, and of the metric. */
#define FIT_VALUE_MAX 1023u /* Of any other label. */

enum fit {
	FIT_WELL,
	FIT_MANY,       /* Labels. */
	FIT_ALIKE,      /* Names, but for small and capital letters. */
	FIT_LONG_NAME,  /* Of a label. */
	FIT_LONG_VALUE, /* Or name of the metric. */
};

/* Whether the ${len} labels, tidied, fit; if not, the first reason of these. */
enum fit fit_check(const struct wal_label *labels, size_t len);

/**
 * fit_cut(labels, len):
 * Cut off from the ${len} labels, tidied, what is too long, between two
 * characters.  Return how they fit then: too many still are, and names may
 * have become alike.
 */
enum fit fit_cut(struct wal_label *labels, size_t len);

/* What is wrong with labels that fit so, in words for the log. */
const char *fit_word(enum fit fit);

#endif /* AGENT_SERIES_FIT_H */
