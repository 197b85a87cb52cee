/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#include "agent/intake/learn.h"
#include "tests/unit/series/series.h"

struct fixture {
	struct clock clock;
	struct stats *stats;
	struct meters meters;
	struct remarks remarks;
	struct labelsets *sets;
	struct room room;
	struct learn learn;
	FILE *log;
};

static uint64_t
monotonic(struct clock *clock)
{
	(void)clock;
	return 1;
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_non_null(f->log = tmpfile());
	log_init(LOG_INFO, LOG_LOGFMT);
	log_to(fileno(f->log));
	f->clock.monotonic = monotonic;
	f->stats = stats_new();
	assert_int_equal(meters_init(&f->meters, f->stats, "n", "u"), 0);
	f->remarks = (struct remarks){
		.clock = &f->clock,
		.meters = &f->meters,
		.name = "receiver",
	};
	f->sets = labelsets_new();
	f->room.sets = f->sets;
	f->learn.finals = finals_new(NULL, 0);
	f->learn.refs = refmap_new(f->sets, f->learn.finals);
	f->learn.remarks = &f->remarks;
	refmap_limit(f->learn.refs, &f->room);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	log_to(STDERR_FILENO);
	(void)fclose(f->log);
	learn_release(&f->learn);
	refmap_free(f->learn.refs);
	finals_free(f->learn.finals);
	assert_int_equal(labelsets_count(f->sets), 0);
	labelsets_free(f->sets);
	meters_release(&f->meters);
	stats_free(f->stats);
	free(f);
	return 0;
}

/* Learn that ${ref}, met in segment 7, has these labels; its fate then. */
static enum final_result
learn(struct fixture *f, uint64_t ref, const char *text)
{
	struct series_labels labels = series_labels(text);
	const struct wal_series series = { .ref = ref,
		.count = (uint32_t)labels.len };

	assert_int_equal(
	    learn_one(&f->learn, &series, 7, labels.labels), WAL_OK);
	return final_fate(refmap_meet(f->learn.refs, ref, 7));
}

/* What was logged so far. */
static const char *
logged(struct fixture *f)
{
	static char text[8192];

	rewind(f->log);
	text[fread(text, 1, sizeof(text) - 1, f->log)] = '\0';
	return text;
}

static void
assert_stat(const struct stat *stat, double want)
{
	if (stat_value(stat) != want) /* Whole numbers. */
		fail_msg("%g is not %g", stat_value(stat), want);
}

static void
what_does_not_fit_is_counted_once_and_named(void **state)
{
	struct fixture *f = *state;

	finals_limit_labels(f->learn.finals, CONFIG_LABELS_DROP);
	assert_int_equal(learn(f, 1, "A=b,__name__=up,a=c"), FINAL_UNFIT);
	assert_int_equal(learn(f, 1, "A=b,__name__=up,a=c"), FINAL_UNFIT);
	assert_int_equal(learn(f, 2, "__name__=up"), FINAL_OK);
	assert_stat(f->meters.unfit_series, 1);
	assert_non_null(strstr(logged(f), "metrics=up series=1 has=\"names"));
	finals_limit_labels(f->learn.finals, CONFIG_LABELS_SEND);
	assert_int_equal(learn(f, 3, "A=b,__name__=up,a=d"), FINAL_OK);
}

static void
what_a_workspace_takes_for_one_is_sent_counted_and_named(void **state)
{
	struct fixture *f = *state;

	finals_limit_labels(f->learn.finals, CONFIG_LABELS_DROP);
	assert_int_equal(learn(f, 1, "__name__=up,job=api"), FINAL_OK);
	assert_stat(f->meters.twin_series, 0);
	assert_int_equal(learn(f, 2, "__name__=up,job=API"), FINAL_OK);
	assert_stat(f->meters.twin_series, 1);
	assert_int_equal(learn(f, 2, "__name__=up,job=API"), FINAL_OK);
	assert_int_equal(learn(f, 3, "__name__=up,job=API"), FINAL_OK);
	assert_stat(f->meters.twin_series, 1);
	assert_non_null(strstr(logged(f), "small and capital letters"));
	assert_non_null(strstr(logged(f), "metrics=up series=1"));

	/* Other receivers tell them apart. */
	finals_limit_labels(f->learn.finals, CONFIG_LABELS_SEND);
	assert_int_equal(learn(f, 4, "__name__=up,job=Api"), FINAL_OK);
	assert_stat(f->meters.twin_series, 1);
}

static void
without_room_new_series_are_counted_once_and_named(void **state)
{
	struct fixture *f = *state;

	f->room.limits.max_series = 2;
	assert_int_equal(learn(f, 1, "__name__=one"), FINAL_OK);
	assert_int_equal(learn(f, 2, "__name__=two"), FINAL_OK);
	assert_int_equal(learn(f, 3, "__name__=three"), FINAL_BEYOND);
	assert_int_equal(learn(f, 3, "__name__=three"), FINAL_BEYOND);
	/* Another ref of what is known already needs no room. */
	assert_int_equal(learn(f, 4, "__name__=two"), FINAL_OK);
	assert_stat(f->meters.beyond_series, 1);
	assert_int_equal(refmap_beyond(f->learn.refs), 1);
	assert_non_null(strstr(logged(f), "metrics=three series=1"));
	assert_non_null(strstr(logged(f), "limits.max_series"));
}

static void
series_made_equal_are_counted_and_named_once(void **state)
{
	struct fixture *f = *state;
	struct regex_fault fault;
	struct config_rule rule = { .action = CONFIG_LABELDROP };

	assert_non_null(rule.regex = regex_new("n", &fault));
	assert_int_equal(finals_relabel(f->learn.finals, &rule, 1), 0);
	assert_int_equal(learn(f, 1, "__name__=up,n=1"), FINAL_OK);
	assert_int_equal(learn(f, 2, "__name__=up,n=2"), FINAL_OK);
	assert_int_equal(learn(f, 2, "__name__=up,n=2"), FINAL_OK);
	assert_int_equal(learn(f, 3, "__name__=up,n=3"), FINAL_OK);
	assert_int_equal(learn(f, 4, "__name__=up,n=1"), FINAL_OK);
	assert_int_equal(learn(f, 5, "__name__=down,n=1"), FINAL_OK);
	assert_stat(f->meters.merged_series, 2);
	assert_non_null(strstr(logged(f), "sent as one"));
	assert_non_null(strstr(logged(f), "metrics=up series=1"));
	assert_int_equal(finals_relabel(f->learn.finals, NULL, 0), 0);
	regex_free(rule.regex);
}

/* Called for a ref that is kept for a next life. */
static void
count_ref(void *arg, const struct labelsets *sets, uint64_t ref, uint64_t met,
    uint32_t set)
{
	(void)sets;
	(void)met;
	(void)set;
	*(uint64_t *)arg += ref;
}

static void
what_has_no_room_is_not_kept_for_a_next_life(void **state)
{
	struct fixture *f = *state;
	uint64_t sum = 0;
	uint32_t at = 0;

	f->room.limits.max_series = 1;
	assert_int_equal(learn(f, 1, "__name__=one"), FINAL_OK);
	assert_int_equal(learn(f, 20, "__name__=two"), FINAL_BEYOND);
	while (refmap_walk(f->learn.refs, &at, count_ref, &sum))
		;
	assert_int_equal(sum, 1);
}

static void
there_is_room_again_when_series_are_forgotten(void **state)
{
	struct fixture *f = *state;
	struct series_labels labels = series_labels("__name__=one");

	f->room.limits.max_series = 3;
	assert_int_equal(
	    refmap_learn(f->learn.refs, 1, 5, labels.labels, 1), FINAL_OK);
	assert_int_equal(learn(f, 2, "__name__=two"), FINAL_OK);
	assert_int_equal(learn(f, 3, "__name__=three"), FINAL_OK);
	assert_int_equal(learn(f, 4, "__name__=four"), FINAL_BEYOND);
	while (refmap_sweep(f->learn.refs, 5))
		;
	assert_int_equal(learn(f, 4, "__name__=four"), FINAL_OK);
	assert_int_equal(refmap_beyond(f->learn.refs), 0);
	/* Nothing was known of it that has changed. */
	assert_int_equal(refmap_changes(f->learn.refs), 0);
}

static void
memory_bounds_series_as_well(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(learn(f, 1, "__name__=one"), FINAL_OK);
	f->room.limits.memory = 1;
	assert_int_equal(learn(f, 2, "__name__=two"), FINAL_BEYOND);
	assert_int_equal(learn(f, 1, "__name__=one"), FINAL_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(what_does_not_fit_is_counted_once_and_named),
		TEST(what_a_workspace_takes_for_one_is_sent_counted_and_named),
		TEST(without_room_new_series_are_counted_once_and_named),
		TEST(series_made_equal_are_counted_and_named_once),
		TEST(what_has_no_room_is_not_kept_for_a_next_life),
		TEST(there_is_room_again_when_series_are_forgotten),
		TEST(memory_bounds_series_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
