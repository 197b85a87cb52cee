/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/base/log.h"
#include "agent/intake/intake.h"
#include "agent/intake/resume.h"
#include "tests/unit/http/sim.h"
#include "tests/unit/position/scratch.h"
#include "tests/unit/wal/compose.h"
#include "tests/unit/wal/writer.h"

struct fixture {
	struct scratch scratch;
	struct writer writer;
	struct sim *sim;
	struct labelsets *sets;
	struct stats *stats;
	struct meters meters;
	struct place place; /* Not kept anywhere. */
	struct families *families;
	struct intake *intake;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	log_init(LOG_ERROR + 1, LOG_LOGFMT);
	scratch_open(&f->scratch);
	writer_open_dir(&f->writer, f->scratch.wal, 5);
	f->sim = sim_new(&(struct sim_receiver){ 0 });
	f->sets = labelsets_new();
	f->stats = stats_new();
	f->families = families_new();
	*state = f;
	return meters_init(&f->meters, f->stats, "receiver", "url");
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	intake_free(f->intake);
	families_free(f->families);
	meters_release(&f->meters);
	stats_free(f->stats);
	labelsets_free(f->sets);
	sim_free(f->sim);
	writer_close(&f->writer);
	scratch_close(&f->scratch);
	free(f);
	return 0;
}

/* Begin as a new destination does by default. */
static void
begin_now(struct fixture *f, struct families *families)
{
	const struct config config = { .start.kind = CONFIG_START_NOW };
	const struct wal_log log = { .path = f->scratch.wal };

	assert_int_equal(
	    resume(&f->place, &config, &log, SIM_WALL), RESUME_NEW);
	f->intake = intake_new(&(struct intake_options){
	    .clock = sim_clock(f->sim),
	    .sets = f->sets,
	    .meters = &f->meters,
	    .name = "receiver",
	    .wal_dir = f->scratch.wal,
	    .data_dir = f->scratch.data,
	    .position = &f->place.position,
	    .families = families,
	});
	assert_non_null(f->intake);
}

/* Read to the end of the log, of which nothing is kept. */
static void
read_all(struct fixture *f)
{
	struct kept_record record;
	enum intake_result result;

	while ((result = intake_next(f->intake, &record)) != INTAKE_END)
		if (result == INTAKE_WAIT)
			(void)usleep(100);
		else if (result != INTAKE_KNOWN)
			assert_int_equal(result, INTAKE_RECORD);
}

/* Write that the series of ${ref} is a gauge. */
static void
write_metadata(struct fixture *f, uint64_t ref)
{
	struct compose record = { 0 };

	compose_u8(&record, WAL_METADATA);
	compose_uvarint(&record, ref);
	compose_u8(&record, FAMILY_GAUGE);
	compose_uvarint(&record, 0);
	writer_log(&f->writer, record.data, record.len);
	compose_release(&record);
}

static bool
is_known(struct fixture *f, const char *name)
{
	return families_has(
	    f->families, (struct wal_text){ name, strlen(name) });
}

static void
assert_stat(const struct stat *stat, double want)
{
	if (stat_value(stat) != want) /* Whole numbers. */
		fail_msg("%g is not %g", stat_value(stat), want);
}

static void
it_is_learnt_from_all_that_is_read(void **state)
{
	struct fixture *f = *state;

	writer_series(&f->writer, 7, "__name__", "old", NULL);
	write_metadata(f, 7);
	begin_now(f, f->families);
	read_all(f);
	assert_int_equal(families_len(f->families), 1);
	assert_true(is_known(f, "old"));
	assert_int_equal(families_at(f->families, 0).type, FAMILY_GAUGE);
	writer_series(&f->writer, 8, "__name__", "new", NULL);
	write_metadata(f, 8);
	write_metadata(f, 9);
	read_all(f);
	assert_int_equal(families_len(f->families), 2);
	assert_true(is_known(f, "new"));
	assert_stat(f->meters.metadata_unknown, 1);
	assert_stat(f->meters.records[WAL_METADATA], 3);
}

static void
what_does_not_decode_is_counted(void **state)
{
	static const uint8_t cut[] = { WAL_METADATA, 7 };
	struct fixture *f = *state;

	begin_now(f, f->families);
	read_all(f);
	writer_log(&f->writer, cut, sizeof(cut));
	read_all(f);
	assert_stat(f->meters.undecodable, 1);
	assert_int_equal(families_len(f->families), 0);
}

static void
where_it_is_not_wanted_it_is_not_looked_at(void **state)
{
	static const uint8_t cut[] = { WAL_METADATA, 7 };
	struct fixture *f = *state;

	writer_log(&f->writer, cut, sizeof(cut));
	begin_now(f, NULL);
	read_all(f);
	writer_log(&f->writer, cut, sizeof(cut));
	read_all(f);
	assert_stat(f->meters.undecodable, 0);
	assert_stat(f->meters.records[WAL_METADATA], 2);
}

static void
with_the_log_it_is_forgotten(void **state)
{
	struct fixture *f = *state;

	writer_series(&f->writer, 7, "__name__", "old", NULL);
	write_metadata(f, 7);
	begin_now(f, f->families);
	read_all(f);
	writer_close(&f->writer);
	scratch_empty(&f->scratch);
	writer_open_dir(&f->writer, f->scratch.wal, 0);
	writer_series(&f->writer, 7, "__name__", "new", NULL);
	write_metadata(f, 7);
	read_all(f);
	assert_stat(f->meters.restarts, 1);
	assert_int_equal(families_len(f->families), 1);
	assert_true(is_known(f, "new"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_learnt_from_all_that_is_read),
		TEST(what_does_not_decode_is_counted),
		TEST(where_it_is_not_wanted_it_is_not_looked_at),
		TEST(with_the_log_it_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
