/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/series/series.h - the short way to labels in tests. */
#ifndef TESTS_UNIT_SERIES_SERIES_H
#define TESTS_UNIT_SERIES_SERIES_H

#include <assert.h>
#include <string.h>

#include "agent/series/refmap.h"

#define SERIES_LABELS 16u

/* Labels made of text, which they point into. */
struct series_labels {
	struct wal_label labels[SERIES_LABELS];
	size_t len;
};

/**
 * series_labels(text):
 * The labels "name=value,name=value" of ${text}, as many as there are commas
 * and one; none of "".
 */
static inline struct series_labels
series_labels(const char *text)
{
	struct series_labels result = { .len = 0 };
	struct wal_label *label;
	const char *end;

	for (; *text != '\0'; text = *end == '\0' ? end : end + 1) {
		assert(result.len < SERIES_LABELS);
		label = &result.labels[result.len++];
		label->name.data = text;
		label->name.len = strcspn(text, "=");
		label->value.data = text + label->name.len + 1;
		label->value.len = strcspn(label->value.data, ",");
		end = label->value.data + label->value.len;
	}
	return result;
}

/* The number of the final series of such labels, one reference more to it. */
static inline uint32_t
series_number(struct finals *finals, const char *text)
{
	struct series_labels labels = series_labels(text);
	uint32_t number = FINAL_NONE;

	return finals_take(finals, labels.labels, labels.len, &number) ==
		FINAL_OK
	    ? number
	    : FINAL_NONE;
}

/* The same, itself. */
static inline struct final *
series_take(struct finals *finals, const char *text)
{
	uint32_t number = series_number(finals, text);

	return number != FINAL_NONE ? finals_at(finals, number) : NULL;
}

/* Have ${ref}, met in ${segment}, stand for such labels. */
static inline enum final_result
series_learn(
    struct refmap *map, uint64_t ref, uint64_t segment, const char *text)
{
	struct series_labels labels = series_labels(text);

	return refmap_learn(map, ref, segment, labels.labels, labels.len);
}

#endif /* TESTS_UNIT_SERIES_SERIES_H */
