/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/base/stats.h - the numbers walship counts, and their exposition.
 *
 * A family is a metric name with its type and help; a stat is one series of
 * it, told from its sisters by label values.  Whoever counts keeps a pointer
 * to its stats and adds to them; nobody looks anything up on the way.  All of
 * it belongs to one thread.
 */
#ifndef AGENT_BASE_STATS_H
#define AGENT_BASE_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "agent/base/buf.h"

enum stat_type { STAT_COUNTER, STAT_GAUGE, STAT_HISTOGRAM };

/* What a family is.  Must outlive the registry: static const, usually. */
struct stat_def {
	const char *name;
	const char *help;
	enum stat_type type;
	const double *bounds; /* Histogram: upper bounds, rising. */
	size_t bounds_len;    /* Their number; +Inf is added to them. */
};

struct stats; /* The registry. */
struct stat;  /* One series. */

/* An empty registry, or NULL if there is no memory. */
struct stats *stats_new(void);

/* Free ${stats} and every stat in it.  Do nothing to NULL. */
void stats_free(struct stats *stats);

/**
 * stats_add(stats, def, labels):
 * Add a series of the family ${def}, which is created by its first; zero at
 * first.  ${labels} is name, value, name, value, ..., NULL, and is copied; no
 * second series has the same.  Return NULL if there is no memory.
 */
struct stat *stats_add(struct stats *stats, const struct stat_def *def,
    const char *const labels[]);

/* Take ${stat} out of its registry and free it.  Do nothing to NULL. */
void stats_remove(struct stat *stat);

/* All of these do nothing to NULL. */
void stat_inc(struct stat *stat);
void stat_add(struct stat *stat, double more);
void stat_set(struct stat *stat, double value);
void stat_observe(struct stat *stat, double value); /* Histograms. */

/* The value of a counter or gauge; the count of a histogram; 0 of NULL. */
double stat_value(const struct stat *stat);

/* The sum of what a histogram observed; 0 of NULL. */
double stat_sum(const struct stat *stat);

/* That series of the family ${name} which has just these ${labels}, or NULL. */
struct stat *stats_find(
    const struct stats *stats, const char *name, const char *const labels[]);

/**
 * stats_refresh(stats, fn, arg):
 * Call ${fn}(${arg}) at the head of each stats_update, to bring gauges up to
 * date.  Return -1 if there is no memory.  stats_forget takes it back.
 */
int stats_refresh(struct stats *stats, void (*fn)(void *arg), void *arg);
void stats_forget(struct stats *stats, void (*fn)(void *arg), void *arg);

/* Bring all up to date. */
void stats_update(struct stats *stats);

/**
 * stats_write(stats, out):
 * Bring them up to date, and append all families, by name, in Prometheus's text format 0.0.4: HELP and
 * TYPE once a family, label values escaped, integers without an exponent,
 * NaN, +Inf and -Inf by those names.
 */
void stats_write(struct stats *stats, struct buf *out);

#endif /* AGENT_BASE_STATS_H */
