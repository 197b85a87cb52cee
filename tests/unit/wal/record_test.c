/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wal/record.h"

static void
types_have_the_names_that_prometheus_gives_them(void **state)
{
	(void)state;
	assert_string_equal(wal_type_name(WAL_SERIES), "series");
	assert_string_equal(wal_type_name(2), "samples");
	assert_string_equal(wal_type_name(5), "mmapmarkers");
	assert_string_equal(
	    wal_type_name(10), "custom_buckets_float_histogram_samples");
	assert_string_equal(wal_type_name(11), "samples_v2");
	assert_string_equal(wal_type_name(13), "float_histogram_samples_v2");
}

static void
each_known_type_has_a_name_of_its_own(void **state)
{
	unsigned int a, b;

	(void)state;
	for (a = 1; a < WAL_TYPES; a++)
		for (b = 0; b < a; b++)
			assert_string_not_equal(
			    wal_type_name(a), wal_type_name(b));
}

static void
other_numbers_are_unknown(void **state)
{
	(void)state;
	assert_string_equal(wal_type_name(0), "unknown");
	assert_string_equal(wal_type_name(WAL_TYPES), "unknown");
	assert_string_equal(wal_type_name(255), "unknown");
	assert_string_equal(wal_type_name(UINT32_MAX), "unknown");
}

/* Whether the decoder of ${kind} takes a record of nothing but its type. */
static bool
takes(enum wal_kind kind, const uint8_t *type)
{
	struct wal_series_list series = { 0 };
	struct wal_sample_list samples = { 0 };
	struct wal_tombstone_list tombstones = { 0 };
	struct wal_exemplar_list exemplars = { 0 };
	struct wal_mmap_marker_list markers = { 0 };
	struct wal_metadata_list metadata = { 0 };
	struct wal_histogram_list histograms = { 0 };
	enum wal_status st = WAL_CORRUPT;

	switch (kind) {
	case WAL_KIND_SERIES:
		st = wal_decode_series(type, 1, &series);
		break;
	case WAL_KIND_SAMPLES:
		st = wal_decode_samples(type, 1, &samples);
		break;
	case WAL_KIND_TOMBSTONES:
		st = wal_decode_tombstones(type, 1, &tombstones);
		break;
	case WAL_KIND_EXEMPLARS:
		st = wal_decode_exemplars(type, 1, &exemplars);
		break;
	case WAL_KIND_MMAP_MARKERS:
		st = wal_decode_mmap_markers(type, 1, &markers);
		break;
	case WAL_KIND_METADATA:
		st = wal_decode_metadata(type, 1, &metadata);
		break;
	case WAL_KIND_HISTOGRAMS:
		st = wal_decode_histograms(type, 1, &histograms);
		break;
	case WAL_KIND_UNKNOWN:
		break;
	}
	wal_series_list_release(&series);
	wal_sample_list_release(&samples);
	wal_tombstone_list_release(&tombstones);
	wal_exemplar_list_release(&exemplars);
	wal_mmap_marker_list_release(&markers);
	wal_metadata_list_release(&metadata);
	wal_histogram_list_release(&histograms);
	return st == WAL_OK;
}

static void
a_type_is_of_the_kind_whose_decoder_takes_it(void **state)
{
	unsigned int type, kind;
	uint8_t byte;

	(void)state;
	for (type = 0; type <= UINT8_MAX; type++) {
		byte = (uint8_t)type;
		for (kind = WAL_KIND_SERIES; kind <= WAL_KIND_HISTOGRAMS;
		     kind++)
			assert_int_equal(
			    takes(kind, &byte), wal_type_kind(type) == kind);
	}
	assert_int_equal(wal_type_kind(UINT32_MAX), WAL_KIND_UNKNOWN);
}

static void
a_record_decodes_from_first_to_last_or_not_at_all(void **state)
{
	/* Of each type, the smallest that has an entry. */
	static const uint8_t records[WAL_TYPES][40] = {
		[WAL_SERIES] = { 1, [9] = 0 },
		[WAL_SAMPLES] = { 2 },
		[WAL_TOMBSTONES] = { 3 },
		[WAL_EXEMPLARS] = { 4 },
		[WAL_MMAP_MARKERS] = { 5 },
		[WAL_METADATA] = { 6 },
		[WAL_HISTOGRAMS] = { 7 },
		[WAL_FLOAT_HISTOGRAMS] = { 8 },
		[WAL_CUSTOM_HISTOGRAMS] = { 9 },
		[WAL_CUSTOM_FLOAT_HISTOGRAMS] = { 10 },
		[WAL_SAMPLES_V2] = { 11 },
		[WAL_HISTOGRAMS_V2] = { 12 },
		[WAL_FLOAT_HISTOGRAMS_V2] = { 13 },
	};
	static const size_t lens[WAL_TYPES] = {
		[WAL_SERIES] = 10,
		[WAL_SAMPLES] = 27,
		[WAL_TOMBSTONES] = 11,
		[WAL_EXEMPLARS] = 28,
		[WAL_MMAP_MARKERS] = 17,
		[WAL_METADATA] = 4,
		[WAL_SAMPLES_V2] = 12,
	};
	unsigned int type;

	(void)state;
	assert_false(wal_record_decodes(NULL, 0));
	for (type = 1; type < WAL_TYPES; type++) {
		/* A type alone is a record without an entry. */
		assert_true(wal_record_decodes(records[type], 1));
		assert_false(wal_record_decodes(records[type], 2));
		if (lens[type] == 0)
			continue;
		assert_true(wal_record_decodes(records[type], lens[type]));
		assert_false(wal_record_decodes(records[type], lens[type] - 1));
		assert_false(wal_record_decodes(records[type], lens[type] + 1));
	}
	assert_false(wal_record_decodes((const uint8_t *)"\x0e", 1));
	assert_false(wal_record_decodes((const uint8_t *)"\x00", 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    types_have_the_names_that_prometheus_gives_them),
		cmocka_unit_test(each_known_type_has_a_name_of_its_own),
		cmocka_unit_test(other_numbers_are_unknown),
		cmocka_unit_test(a_type_is_of_the_kind_whose_decoder_takes_it),
		cmocka_unit_test(
		    a_record_decodes_from_first_to_last_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
