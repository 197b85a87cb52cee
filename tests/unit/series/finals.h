/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/series/finals.h - the final series of a destination. */
#ifndef TESTS_UNIT_SERIES_FINALS_H
#define TESTS_UNIT_SERIES_FINALS_H

#include <stdio.h>
#include <stdlib.h>

#include "agent/series/remote.pb-c.h"
#include "tests/unit/series/series.h"

/* The final series of a destination, and what they stand on. */
struct finals_bed {
	struct series_labels external;
	struct finals *finals;
};

static inline void
finals_begin(struct finals_bed *fixture, const char *external)
{
	fixture->external = series_labels(external);
	fixture->finals =
	    finals_new(fixture->external.labels, fixture->external.len);
	assert_non_null(fixture->finals);
}

static inline void
finals_end(struct finals_bed *fixture)
{
	finals_free(fixture->finals);
}

/* Compare what ${final} packed with ${want}: name=value, each with a comma. */
static inline void
finals_expect_packed(const struct final *final, const char *want)
{
	Remote__TimeSeries *series;
	char text[256] = "";
	size_t i, at = 0;
	uint8_t *packed;

	series =
	    remote__time_series__unpack(NULL, final->packed_len, final->packed);
	assert_non_null(series);
	assert_int_equal(series->n_samples, 0);
	for (i = 0; i < series->n_labels; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
		    "%.*s=%.*s,", (int)series->labels[i]->name.len,
		    (char *)series->labels[i]->name.data,
		    (int)series->labels[i]->value.len,
		    (char *)series->labels[i]->value.data);
	assert_string_equal(text, want);

	/* And whole is as protobuf-c would pack it anew. */
	packed = malloc(final->packed_len);
	assert_non_null(packed);
	assert_int_equal(
	    remote__time_series__get_packed_size(series), final->packed_len);
	(void)remote__time_series__pack(series, packed);
	assert_memory_equal(packed, final->packed, final->packed_len);
	free(packed);
	remote__time_series__free_unpacked(series, NULL);
}

/* Take a series of ${len} labels whose values have ${value_len} bytes. */
static inline enum final_result
finals_take_large(struct finals_bed *fixture, size_t len, size_t value_len)
{
	struct wal_label *labels = calloc(len, sizeof(*labels));
	char(*names)[24] = calloc(len, sizeof(*names));
	char *value = malloc(value_len);
	uint32_t final = FINAL_NONE;
	enum final_result result;
	size_t i;

	assert_true(labels != NULL && names != NULL && value != NULL);
	memset(value, 'x', value_len);
	for (i = 0; i < len; i++) {
		(void)snprintf(names[i], sizeof(*names), "n%06zu", i);
		labels[i].name = (struct wal_text){ names[i], 7 };
		labels[i].value = (struct wal_text){ value, value_len };
	}
	result = finals_take(fixture->finals, labels, len, &final);
	free(labels);
	free(names);
	free(value);
	return result;
}

#endif /* TESTS_UNIT_SERIES_FINALS_H */
