/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/intake/taking.h"

int
taking_set_up(void **state)
{
	struct taking *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	log_init(LOG_ERROR + 1, LOG_LOGFMT);
	scratch_open(&f->scratch);
	writer_open_dir(&f->writer, f->scratch.wal, 0);
	f->sim = sim_new(&(struct sim_receiver){ 0 });
	f->sets = labelsets_new();
	f->external = series_labels("host=h1");
	f->stats = stats_new();
	f->options = (struct intake_options){
		.clock = sim_clock(f->sim),
		.sets = f->sets,
		.meters = &f->meters,
		.name = "receiver",
		.wal_dir = f->scratch.wal,
		.data_dir = f->scratch.data,
		.external = f->external.labels,
		.external_len = f->external.len,
		.position = &f->place.position,
	};
	f->place.position.since = INT64_MIN;
	*state = f;
	return meters_init(&f->meters, f->stats, "receiver", "url");
}

int
taking_tear_down(void **state)
{
	struct taking *f = *state;

	intake_free(f->intake);
	meters_release(&f->meters);
	stats_free(f->stats);
	labelsets_free(f->sets);
	sim_free(f->sim);
	writer_close(&f->writer);
	scratch_close(&f->scratch);
	free(f);
	return 0;
}

void
taking_open_intake(struct taking *f)
{
	f->intake = intake_new(&f->options);
	assert_non_null(f->intake);
}

void
taking_begin_now(struct taking *f)
{
	const struct config config = { .start.kind = CONFIG_START_NOW };
	const struct wal_log log = { .path = f->scratch.wal };

	assert_int_equal(
	    resume(&f->place, &config, &log, SIM_WALL), RESUME_NEW);
	taking_open_intake(f);
}

enum intake_result
taking_next(struct taking *f)
{
	enum intake_result result;

	while ((result = intake_next(f->intake, &f->record)) == INTAKE_WAIT)
		(void)usleep(100);
	return result;
}

void
taking_expect(struct taking *f, size_t len)
{
	assert_int_equal(taking_next(f), INTAKE_RECORD);
	assert_int_equal(f->record.len, len);
}

void
taking_expect_label(
    struct taking *f, size_t i, const char *name, const char *value)
{
	const struct final *final = f->record.kept[i].final;

	assert_non_null(
	    memmem(final->packed, final->packed_len, name, strlen(name)));
	assert_non_null(
	    memmem(final->packed, final->packed_len, value, strlen(value)));
}

void
taking_assert_stat(const struct stat *stat, double want)
{
	if (stat_value(stat) != want) /* Whole numbers. */
		fail_msg("%g is not %g", stat_value(stat), want);
}
