/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/regex.h"
#include "agent/intake/describe.h"
#include "tests/unit/series/series.h"
#include "tests/unit/wal/compose.h"

struct fixture {
	struct stats *stats;
	struct meters meters;
	struct labelsets *sets;
	struct finals *finals;
	struct refmap *refs;
	struct families *families;
	struct describe describe;
	struct compose record;
};

/* Have ${ref} stand for the series of ${labels}. */
static void
know(struct fixture *f, uint64_t ref, const char *labels)
{
	assert_int_equal(series_learn(f->refs, ref, 0, labels), FINAL_OK);
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->stats = stats_new();
	assert_int_equal(meters_init(&f->meters, f->stats, "n", "u"), 0);
	f->sets = labelsets_new();
	f->finals = finals_new(NULL, 0);
	f->refs = refmap_new(f->sets, f->finals);
	f->families = families_new();
	f->describe = (struct describe){
		.families = f->families,
		.refs = f->refs,
		.sets = f->sets,
		.meters = &f->meters,
	};
	know(f, 1, "__name__=up,job=a");
	know(f, 2, "__name__=h_bucket,le=5");
	know(f, 3, "__name__=h_count");
	compose_u8(&f->record, WAL_METADATA);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	describe_release(&f->describe);
	families_free(f->families);
	refmap_free(f->refs);
	finals_free(f->finals);
	labelsets_free(f->sets);
	meters_release(&f->meters);
	stats_free(f->stats);
	compose_release(&f->record);
	free(f);
	return 0;
}

/* Put an entry into the record. */
static void
put(struct fixture *f, uint64_t ref, uint8_t type, const char *unit,
    const char *help)
{
	compose_uvarint(&f->record, ref);
	compose_u8(&f->record, type);
	compose_uvarint(&f->record, 2);
	compose_text(&f->record, "UNIT");
	compose_text(&f->record, unit);
	compose_text(&f->record, "HELP");
	compose_text(&f->record, help);
}

/* Learn from the record, and begin another. */
static enum wal_status
learn(struct fixture *f)
{
	struct wal_entry entry = {
		.type = WAL_METADATA,
		.data = f->record.data,
		.len = f->record.len,
		.end = { 7, 100 },
	};
	enum wal_status st = describe_entry(&f->describe, &entry);

	compose_release(&f->record);
	compose_u8(&f->record, WAL_METADATA);
	return st;
}

static void
expect_text(struct wal_text got, const char *wanted)
{
	assert_int_equal(got.len, strlen(wanted));
	assert_memory_equal(got.data, wanted, got.len);
}

static void
expect(struct fixture *f, size_t i, enum family_type type, const char *name,
    const char *help)
{
	struct family got = families_at(f->families, i);

	assert_int_equal(got.type, type);
	expect_text(got.name, name);
	expect_text(got.help, help);
}

static void
assert_stat(const struct stat *stat, double want)
{
	if (stat_value(stat) != want) /* Whole numbers. */
		fail_msg("%g is not %g", stat_value(stat), want);
}

static void
what_series_are_is_told_of_their_families(void **state)
{
	struct fixture *f = *state;

	put(f, 1, FAMILY_GAUGE, "", "Whether it is up.");
	put(f, 2, FAMILY_HISTOGRAM, "bytes", "Sizes.");
	put(f, 3, FAMILY_HISTOGRAM, "bytes", "Sizes.");
	assert_int_equal(learn(f), WAL_OK);
	assert_int_equal(families_len(f->families), 2);
	expect(f, 0, FAMILY_GAUGE, "up", "Whether it is up.");
	expect(f, 1, FAMILY_HISTOGRAM, "h", "Sizes.");
	expect_text(families_at(f->families, 1).unit, "bytes");
	assert_stat(f->meters.metadata_unknown, 0);
	assert_stat(f->meters.metadata_over, 0);
}

static void
what_comes_later_counts(void **state)
{
	struct fixture *f = *state;

	put(f, 2, FAMILY_HISTOGRAM, "", "old");
	put(f, 3, FAMILY_HISTOGRAM, "", "new");
	assert_int_equal(learn(f), WAL_OK);
	expect(f, 0, FAMILY_HISTOGRAM, "h", "new");
	put(f, 2, FAMILY_HISTOGRAM, "", "newer");
	assert_int_equal(learn(f), WAL_OK);
	expect(f, 0, FAMILY_HISTOGRAM, "h", "newer");
	assert_int_equal(families_len(f->families), 1);
}

static void
a_type_that_nobody_knows_is_unknown(void **state)
{
	struct fixture *f = *state;

	put(f, 1, FAMILY_TYPES, "", "help");
	assert_int_equal(learn(f), WAL_OK);
	expect(f, 0, FAMILY_UNKNOWN, "up", "help");
	put(f, 1, 255, "", "help");
	assert_int_equal(learn(f), WAL_OK);
	expect(f, 0, FAMILY_UNKNOWN, "up", "help");
	put(f, 1, FAMILY_STATESET, "", "help");
	assert_int_equal(learn(f), WAL_OK);
	expect(f, 0, FAMILY_STATESET, "up", "help");
}

static void
what_has_no_series_or_no_name_is_left_out_and_counted(void **state)
{
	struct fixture *f = *state;

	know(f, 4, "job=a");
	put(f, 9, FAMILY_GAUGE, "", "help");
	put(f, 4, FAMILY_GAUGE, "", "help");
	put(f, 1, FAMILY_GAUGE, "", "help");
	assert_int_equal(learn(f), WAL_OK);
	assert_int_equal(families_len(f->families), 1);
	expect(f, 0, FAMILY_GAUGE, "up", "help");
	assert_stat(f->meters.metadata_unknown, 1);
	assert_stat(f->meters.metadata_over, 1);
}

/* As Prometheus does: what a metric is has nothing to do with rules. */
static void
a_series_that_a_rule_drops_or_changes_is_known(void **state)
{
	struct fixture *f = *state;
	struct regex_fault fault;
	char *source = (char[]){ "__name__" };
	struct config_rule rules[2] = { {
	    .action = CONFIG_DROP,
	    .sources = &source,
	    .sources_len = 1,
	    .separator = (char[]){ ";" },
	    .target = (char[]){ "" },
	    .replacement = (char[]){ "$1" },
	    .regex = regex_new("go_.*", &fault),
	} };

	assert_non_null(rules[0].regex);
	rules[1] = rules[0];
	rules[1].action = CONFIG_REPLACE;
	rules[1].target = source;
	rules[1].replacement = (char[]){ "other" };
	rules[1].regex = regex_new("old", &fault);
	assert_non_null(rules[1].regex);
	assert_int_equal(finals_relabel(f->finals, rules, 2), 0);
	assert_int_equal(
	    series_learn(f->refs, 4, 0, "__name__=go_x"), FINAL_DROPPED);
	know(f, 5, "__name__=old");
	put(f, 4, FAMILY_GAUGE, "", "help");
	put(f, 5, FAMILY_GAUGE, "", "help");
	assert_int_equal(learn(f), WAL_OK);
	assert_stat(f->meters.metadata_unknown, 0);
	assert_stat(f->meters.metadata_over, 0);
	assert_int_equal(families_len(f->families), 2);
	expect(f, 0, FAMILY_GAUGE, "go_x", "help");
	expect(f, 1, FAMILY_GAUGE, "old", "help");
	regex_free(rules[0].regex);
	regex_free(rules[1].regex);
}

static void
what_is_too_long_is_left_out_and_counted(void **state)
{
	char *help = malloc(FAMILIES_TEXT_MAX + 2);
	struct fixture *f = *state;

	assert_non_null(help);
	memset(help, 'x', FAMILIES_TEXT_MAX + 1);
	help[FAMILIES_TEXT_MAX + 1] = '\0';
	put(f, 1, FAMILY_GAUGE, "", help);
	assert_int_equal(learn(f), WAL_OK);
	assert_int_equal(families_len(f->families), 0);
	assert_stat(f->meters.metadata_over, 1);
	free(help);
}

static void
a_record_that_does_not_decode_teaches_nothing(void **state)
{
	struct fixture *f = *state;

	put(f, 1, FAMILY_GAUGE, "", "help");
	compose_u8(&f->record, 1);
	assert_int_equal(learn(f), WAL_CORRUPT);
	assert_int_equal(families_len(f->families), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_series_are_is_told_of_their_families),
		TEST(what_comes_later_counts),
		TEST(a_type_that_nobody_knows_is_unknown),
		TEST(what_has_no_series_or_no_name_is_left_out_and_counted),
		TEST(a_series_that_a_rule_drops_or_changes_is_known),
		TEST(what_is_too_long_is_left_out_and_counted),
		TEST(a_record_that_does_not_decode_teaches_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
