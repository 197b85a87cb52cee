/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/series/families.h - what metrics are, for people: type, help and unit.
 *
 * Remote write tells of these not by series but by metric family, which is
 * what a scraped page names after "# TYPE": the series foo_bucket, foo_sum
 * and foo_count of a histogram are all of the family foo.
 *
 * The texts come from whoever is scraped, so their number and size have
 * ceilings.  A family takes some 100 bytes beside its texts.
 */
#ifndef AGENT_SERIES_FAMILIES_H
#define AGENT_SERIES_FAMILIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wal/record.h"

#define FAMILIES_MAX 65536u            /* Entries of one set. */
#define FAMILIES_BYTES_MAX (16u << 20) /* Of all their texts. */
#define FAMILIES_TEXT_MAX 65536u       /* Bytes of a name, help or unit. */

/* The same numbers in the WAL and in remote write. */
enum family_type {
	FAMILY_UNKNOWN = 0,
	FAMILY_COUNTER = 1,
	FAMILY_GAUGE = 2,
	FAMILY_HISTOGRAM = 3,
	FAMILY_GAUGE_HISTOGRAM = 4,
	FAMILY_SUMMARY = 5,
	FAMILY_INFO = 6,
	FAMILY_STATESET = 7,
	FAMILY_TYPES, /* Any number from here on is unknown. */
};

struct family {
	enum family_type type;
	struct wal_text name;
	struct wal_text help; /* May be empty. */
	struct wal_text unit; /* Likewise. */
};

struct families;

/* An empty set, or NULL if there is no memory. */
struct families *families_new(void);

/* Do nothing to NULL. */
void families_free(struct families *families);

/* Forget all of them. */
void families_clear(struct families *families);

/**
 * families_put(families, family):
 * From now on know this of the family of that name, in place of what was
 * known.  Return -1, with what was known unchanged, if a ceiling would be
 * passed or there is no memory.  The texts are copied.
 */
int families_put(struct families *families, const struct family *family);

/**
 * families_add(families, family):
 * The same beside what is known of that name: two targets need not agree on
 * what a metric is.  A set is filled with this or with families_put.
 */
int families_add(struct families *families, const struct family *family);

/* Whether anything is known of the family ${name}. */
bool families_has(const struct families *families, struct wal_text name);

/* How many entries there are. */
size_t families_len(const struct families *families);

/**
 * families_at(families, i):
 * Entry ${i}, in the order in which they came; valid until it is changed or
 * the set is cleared.
 */
struct family families_at(const struct families *families, size_t i);

/**
 * families_name(type, labels, len):
 * The name of the family, of ${type}, of a series with these ${len} labels:
 * its __name__, without what the series of a histogram, summary or info have
 * after that.  Empty if it has no name.  It points into the labels.
 *
 * The _total of a counter stays: a page in Prometheus's own format has it in
 * the family's name, one of OpenMetrics has not, and the log does not tell.
 * Infos are of OpenMetrics alone.
 */
struct wal_text families_name(
    enum family_type type, const struct wal_label *labels, size_t len);

#endif /* AGENT_SERIES_FAMILIES_H */
