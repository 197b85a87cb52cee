/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/doctor/traffic.h"
#include "tests/unit/doctor/patient.h"

#define MINUTE INT64_C(60000)

static int64_t
now(struct patient *p)
{
	return clock_wall(p->exam.clock);
}

static struct traffic *
read_log(struct patient *p)
{
	struct traffic *traffic = &p->exam.traffic;

	assert_int_equal(traffic_read(traffic, p->exam.clock, p->exam.config,
			     p->exam.remote, p->wal),
	    0);
	assert_true(traffic->read);
	assert_true(traffic->whole);
	return traffic;
}

static void
test_counts_what_is_sent(void **state)
{
	struct patient *p = *state;
	struct traffic *traffic;
	int64_t begin = now(p) - 10 * MINUTE;
	int i;

	patient_write(p);
	writer_series(&p->writer, 1, "__name__", "up", NULL);
	writer_series(&p->writer, 2, "__name__", "gone", NULL);
	for (i = 0; i <= 10; i++) {
		writer_sample(&p->writer, 1, begin + i * MINUTE / 2, 1.0);
		writer_sample(&p->writer, 2, begin + i * MINUTE / 2, 1.0);
		writer_sample(&p->writer, 3, begin + i * MINUTE / 2, 1.0);
	}
	patient_written(p);
	patient_configure(p,
	    "remote_write:\n- url: http://localhost:1/\n"
	    "  write_relabel_configs:\n"
	    "  - {source_labels: [__name__], regex: gone, action: drop}\n");
	traffic = read_log(p);
	assert_int_equal(traffic->series, 1);
	assert_int_equal(traffic->samples, 11);
	assert_int_equal(traffic->late, 0);
	assert_int_equal(traffic->unfit, 0);
	assert_int_equal(traffic->last - traffic->first, 5 * MINUTE);
	assert_int_equal(traffic_per_minute(traffic), 2);
}

static void
test_tells_what_was_written_too_late(void **state)
{
	struct patient *p = *state;
	struct traffic *traffic;
	int64_t then = now(p) - MINUTE;

	patient_write(p);
	writer_series(&p->writer, 1, "__name__", "up", NULL);
	writer_series(&p->writer, 2, "__name__", "late", "a", "b", NULL);
	writer_sample(&p->writer, 1, then, 1.0);
	writer_sample(&p->writer, 2, then - 4 * MINUTE, 1.0);
	writer_sample(&p->writer, 2, then - 6 * MINUTE, 1.0);
	writer_series(&p->writer, 3, "__name__", "later", NULL);
	writer_sample(&p->writer, 3, then - 7 * MINUTE, 1.0);
	writer_sample(&p->writer, 1, then + 1000, 1.0);
	patient_written(p);
	patient_configure(p,
	    "remote_write:\n- url: http://localhost:1/\n"
	    "  queue_config: {sample_age_limit: 5m}\n");
	traffic = read_log(p);
	assert_int_equal(traffic->samples, 5);
	assert_int_equal(traffic->late, 2);
	assert_int_equal(traffic->late_by, 7 * MINUTE);
	assert_string_equal(traffic->late_name, "late");
	/* What is late does not stretch the time. */
	assert_int_equal(traffic->last - traffic->first, 4 * MINUTE + 1000);
}

static void
test_a_time_of_tomorrow_makes_nothing_late(void **state)
{
	struct patient *p = *state;
	struct traffic *traffic;
	int64_t then = now(p) - MINUTE;

	patient_write(p);
	writer_series(&p->writer, 1, "__name__", "up", NULL);
	writer_sample(&p->writer, 1, then + 1000 * MINUTE, 1.0);
	writer_sample(&p->writer, 1, then, 1.0);
	writer_sample(&p->writer, 1, INT64_MIN, 1.0);
	patient_written(p);
	patient_configure(p,
	    "remote_write:\n- url: http://localhost:1/\n"
	    "  queue_config: {sample_age_limit: 5m}\n");
	traffic = read_log(p);
	assert_int_equal(traffic->samples, 2);
	assert_int_equal(traffic->late, 0);
	assert_int_equal(traffic->last, then);
}

static void
test_names_what_a_workspace_does_not_take(void **state)
{
	struct patient *p = *state;
	struct traffic *traffic;
	char value[1100];

	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	patient_write(p);
	writer_series(&p->writer, 1, "__name__", "up", NULL);
	writer_series(&p->writer, 2, "__name__", "long", "a", value, NULL);
	writer_sample(&p->writer, 1, now(p), 1.0);
	writer_sample(&p->writer, 2, now(p), 1.0);
	patient_written(p);
	patient_configure(p,
	    "remote_write:\n- {url: 'http://localhost:1/', profile: "
	    "azuremonitor}\n");
	traffic = read_log(p);
	assert_int_equal(traffic->series, 1);
	assert_int_equal(traffic->samples, 1);
	assert_int_equal(traffic->unfit, 1);
	assert_int_equal(traffic->why, FIT_LONG_VALUE);
	assert_string_equal(traffic->unfit_name, "long");
}

static void
test_a_checkpoint_has_series_and_no_samples_of_now(void **state)
{
	struct patient *p = *state;
	struct traffic *traffic;
	char dir[96];

	(void)snprintf(dir, sizeof(dir), "%s/checkpoint.00000003", p->wal);
	p->writer = (struct writer){ 0 };
	tree_mkdir(&p->tree, "data/wal/checkpoint.00000003");
	writer_open_dir(&p->writer, dir, 0);
	writer_series(&p->writer, 1, "__name__", "up", NULL);
	writer_sample(&p->writer, 1, now(p) - MINUTE, 1.0);
	writer_close(&p->writer);
	p->writer = (struct writer){ 0 };
	writer_open_dir(&p->writer, p->wal, 4);
	writer_sample(&p->writer, 1, now(p) - 2000, 1.0);
	writer_sample(&p->writer, 1, now(p) - 1000, 1.0);
	patient_written(p);
	traffic = read_log(p);
	assert_int_equal(traffic->series, 1);
	assert_int_equal(traffic->samples, 2);
}

static void
test_looks_at_no_more_series_than_it_says(void **state)
{
	struct patient *p = *state;
	struct traffic *traffic = &p->exam.traffic;
	char name[16];
	uint64_t i;

	patient_write(p);
	for (i = 1; i <= TRAFFIC_SERIES_MAX + 10; i++) {
		(void)snprintf(name, sizeof(name), "m%u", (unsigned int)i);
		writer_series(&p->writer, i, "__name__", name, NULL);
	}
	writer_sample(&p->writer, 1, now(p), 1.0);
	writer_sample(&p->writer, TRAFFIC_SERIES_MAX + 5, now(p), 1.0);
	patient_written(p);
	assert_int_equal(traffic_read(traffic, p->exam.clock, p->exam.config,
			     p->exam.remote, p->wal),
	    0);
	/* On a slow machine not even these were read. */
	assert_true(traffic->read);
	assert_false(traffic->whole);
	assert_true(traffic->series <= TRAFFIC_SERIES_MAX);
	assert_true(traffic->samples <= 1);
}

static void
test_too_short_a_time_says_no_rate(void **state)
{
	struct traffic traffic = {
		.read = true, .samples = 100, .first = 1000, .last = 1500
	};

	(void)state;
	assert_int_equal(traffic_per_minute(&traffic), 0);
	traffic.last = 61000;
	assert_int_equal(traffic_per_minute(&traffic), 100);
	traffic.read = false;
	assert_int_equal(traffic_per_minute(&traffic), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PATIENT_TEST(test_counts_what_is_sent),
		PATIENT_TEST(test_tells_what_was_written_too_late),
		PATIENT_TEST(test_a_time_of_tomorrow_makes_nothing_late),
		PATIENT_TEST(test_names_what_a_workspace_does_not_take),
		PATIENT_TEST(
		    test_a_checkpoint_has_series_and_no_samples_of_now),
		PATIENT_TEST(test_looks_at_no_more_series_than_it_says),
		PATIENT_TEST(test_too_short_a_time_says_no_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
