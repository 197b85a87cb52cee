/* SPDX-License-Identifier: Apache-2.0 */
/* What is recalled from an earlier life goes by the configuration as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/base/log.h"
#include "agent/intake/intake.h"
#include "tests/unit/base/lazy.h"
#include "tests/unit/http/sim.h"
#include "tests/unit/position/scratch.h"
#include "tests/unit/series/series.h"
#include "tests/unit/wal/compose.h"
#include "tests/unit/wal/writer.h"

struct fixture {
	struct scratch scratch;
	struct writer writer;
	struct sim *sim;
	struct lazy lazy;
	struct labelsets *sets;
	struct series_labels external;
	struct stats *stats;
	struct meters meters;
	struct place *place;
	struct config_rule rule;
	struct intake_options options;
	struct intake *intake;
	struct kept_record record;
};

/* Have series go_x dropped. */
static void
make_rule(struct fixture *f)
{
	static char source[] = "__name__", separator[] = ";", none[] = "";
	static char *sources[] = { source };
	struct regex_fault fault;

	f->rule = (struct config_rule){
		.action = CONFIG_DROP,
		.sources = sources,
		.sources_len = 1,
		.separator = separator,
		.target = none,
		.replacement = none,
		.regex = regex_new("go_.*", &fault),
	};
	assert_non_null(f->rule.regex);
}

/* The place is kept, and its series beside it. */
static void
make_place(struct fixture *f)
{
	char path[128];

	lazy_init(&f->lazy);
	(void)snprintf(path, sizeof(path), "%s/place", f->scratch.data);
	assert_int_equal(
	    place_new(sim_clock(f->sim), &f->lazy.worker, path, &f->place),
	    PLACE_OK);
	assert_true(asprintf(&f->place->series, "%s.series", path) > 0);
	f->place->position.since = INT64_MIN;
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	log_init(LOG_ERROR + 1, LOG_LOGFMT);
	scratch_open(&f->scratch);
	writer_open_dir(&f->writer, f->scratch.wal, 0);
	f->sim = sim_new(&(struct sim_receiver){ 0 });
	make_place(f);
	make_rule(f);
	f->sets = labelsets_new();
	f->external = series_labels("host=h1");
	f->stats = stats_new();
	assert_int_equal(meters_init(&f->meters, f->stats, "r", "url"), 0);
	f->options = (struct intake_options){
		.clock = sim_clock(f->sim),
		.sets = f->sets,
		.meters = &f->meters,
		.name = "receiver",
		.wal_dir = f->scratch.wal,
		.data_dir = f->scratch.data,
		.external = f->external.labels,
		.external_len = f->external.len,
		.position = &f->place->position,
		.place = f->place,
	};
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	intake_free(f->intake);
	lazy_work(&f->lazy);
	place_free(f->place);
	regex_free(f->rule.regex);
	meters_release(&f->meters);
	stats_free(f->stats);
	labelsets_free(f->sets);
	sim_free(f->sim);
	writer_close(&f->writer);
	scratch_close(&f->scratch);
	free(f);
	return 0;
}

/* The next record from after the beginning, or the end. */
static enum intake_result
next(struct fixture *f)
{
	enum intake_result result;

	do
		result = intake_next(f->intake, &f->record);
	while (result == INTAKE_WAIT || result == INTAKE_KNOWN);
	return result;
}

/*
 * Write the series go_x and up, live until the end of the log, in which they
 * are not any more, and keep the series.
 */
static void
live_once(struct fixture *f)
{
	struct position *position = &f->place->position;
	char path[128];

	writer_series(&f->writer, 7, "__name__", "go_x", NULL);
	writer_series(&f->writer, 8, "__name__", "up", NULL);
	writer_rotate(&f->writer);
	writer_sample(&f->writer, 8, 1, 1);
	f->intake = intake_new(&f->options);
	assert_non_null(f->intake);
	while (next(f) == INTAKE_RECORD)
		position->mark = f->record.end;
	position->begun = true;
	assert_true(intake_keep(f->intake, &position->mark, true));
	lazy_work(&f->lazy);
	assert_false(intake_keep(f->intake, &position->mark, true));
	intake_free(f->intake);
	f->intake = NULL;
	(void)snprintf(path, sizeof(path), "%s/00000000", f->scratch.wal);
	assert_int_equal(unlink(path), 0);
}

/* Begin again; a sample of each series is kept as ${len}. */
static void
live_again(struct fixture *f, size_t len)
{
	const struct wal_sample samples[] = {
		{ .ref = 7, .time = 2 },
		{ .ref = 8, .time = 2 },
	};

	writer_samples(&f->writer, samples, 2);
	f->intake = intake_new(&f->options);
	assert_non_null(f->intake);
	assert_int_equal(next(f), INTAKE_RECORD);
	assert_int_equal(f->record.len, len);
	assert_true(
	    stat_value(
		f->meters.kinds[KEPT_SAMPLE].dropped[DROP_UNKNOWN_SERIES]) < 1);
}

static bool
has_label(const struct fixture *f, const char *value)
{
	const struct final *final = f->record.kept[0].final;

	return memmem(final->packed, final->packed_len, value, strlen(value)) !=
	    NULL;
}

/* What is kept is said to be all the series before the mark. */
static void
nothing_is_kept_while_the_series_are_learned_again(void **state)
{
	struct fixture *f = *state;
	struct wal_mark *mark = &f->place->position.mark;
	char path[128];

	writer_series(&f->writer, 7, "__name__", "go_x", NULL);
	writer_series(&f->writer, 8, "__name__", "up", NULL);
	writer_rotate(&f->writer);
	writer_sample(&f->writer, 8, 1, 1);
	writer_sample(&f->writer, 8, 2, 1);
	f->intake = intake_new(&f->options);
	assert_non_null(f->intake);
	while (next(f) == INTAKE_RECORD)
		*mark = f->record.end;

	/* The log is repaired: all of it is read again. */
	writer_close(&f->writer);
	(void)snprintf(path, sizeof(path), "%s/00000001", f->scratch.wal);
	assert_int_equal(unlink(path), 0);
	writer_open_dir(&f->writer, f->scratch.wal, 1);
	writer_sample(&f->writer, 8, 1, 1);
	writer_sample(&f->writer, 8, 3, 1);
	assert_int_equal(intake_next(f->intake, &f->record), INTAKE_KNOWN);
	assert_false(intake_keep(f->intake, mark, false));
	assert_int_equal(next(f), INTAKE_RECORD);
	*mark = f->record.end;
	assert_true(intake_keep(f->intake, mark, false));
	lazy_work(&f->lazy);
}

static void
external_labels_are_those_of_now(void **state)
{
	struct fixture *f = *state;

	live_once(f);
	f->external = series_labels("host=h2");
	live_again(f, 2);
	assert_true(has_label(f, "h2"));
	assert_false(has_label(f, "h1"));
}

static void
what_is_dropped_now_is_known_and_dropped(void **state)
{
	struct fixture *f = *state;

	live_once(f);
	f->options.rules = &f->rule;
	f->options.rules_len = 1;
	live_again(f, 1);
	assert_true(has_label(f, "up"));
}

static void
what_was_dropped_then_and_is_not_now_is_sent(void **state)
{
	struct fixture *f = *state;

	f->options.rules = &f->rule;
	f->options.rules_len = 1;
	live_once(f);
	f->options.rules = NULL;
	f->options.rules_len = 0;
	live_again(f, 2);
	assert_true(has_label(f, "go_x"));
}

/* Read to the end; how many samples were kept. */
static size_t
read_to_end(struct fixture *f)
{
	enum intake_result result;
	size_t kept = 0;

	while ((result = next(f)) == INTAKE_RECORD) {
		f->place->position.mark = f->record.end;
		kept += f->record.len;
	}
	assert_int_equal(result, INTAKE_END);
	return kept;
}

/* It would be known no more in the next life, though the log is read on. */
static void
series_without_room_keep_the_others_from_being_kept(void **state)
{
	struct room room = { .limits = { .max_series = 1 } };
	struct fixture *f = *state;
	struct position *position = &f->place->position;

	room.sets = f->sets;
	f->options.room = &room;
	writer_series(&f->writer, 7, "__name__", "go_x", NULL);
	writer_series(&f->writer, 8, "__name__", "up", NULL);
	writer_sample(&f->writer, 7, 1, 1);
	writer_sample(&f->writer, 8, 1, 1);
	f->intake = intake_new(&f->options);
	assert_non_null(f->intake);
	assert_int_equal(read_to_end(f), 1);
	assert_true(
	    stat_value(
		f->meters.kinds[KEPT_SAMPLE].dropped[DROP_SERIES_LIMIT]) == 1);
	intake_measure(f->intake);
	assert_true(stat_value(f->meters.beyond) == 1);
	assert_true(intake_bytes(f->intake) > 0);
	assert_false(intake_keep(f->intake, &position->mark, true));
	/* There is room again. */
	room.limits.max_series = 0;
	writer_series(&f->writer, 8, "__name__", "up", NULL);
	writer_sample(&f->writer, 8, 2, 1);
	assert_int_equal(read_to_end(f), 1);
	assert_true(intake_keep(f->intake, &position->mark, true));
}

static void
how_far_it_is_can_be_told(void **state)
{
	struct fixture *f = *state;
	struct buf why;

	live_once(f);
	buf_init(&why, 1000);
	f->intake = intake_new(&f->options);
	assert_false(intake_ready(f->intake, &why));
	assert_string_equal(
	    buf_text(&why), "receiver: recalling series, 0 so far.\n");
	while (next(f) != INTAKE_END)
		;
	assert_true(intake_ready(f->intake, &why));
	buf_release(&why);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(nothing_is_kept_while_the_series_are_learned_again),
		TEST(external_labels_are_those_of_now),
		TEST(what_is_dropped_now_is_known_and_dropped),
		TEST(what_was_dropped_then_and_is_not_now_is_sent),
		TEST(series_without_room_keep_the_others_from_being_kept),
		TEST(how_far_it_is_can_be_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
