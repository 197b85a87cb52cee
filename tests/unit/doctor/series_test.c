/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/doctor/series.h"
#include "tests/unit/doctor/patient.h"

#define AZURE \
	"remote_write:\n- {url: 'http://localhost:1/', profile: " \
	"azuremonitor}\n"

/* Its log: a sample of "up" so many ${seconds} ago, and one 10 s before. */
static void
write_log(struct patient *p, int64_t seconds)
{
	int64_t then = clock_wall(p->exam.clock) - seconds * 1000;

	patient_write(p);
	writer_series(&p->writer, 1, "__name__", "up", NULL);
	writer_sample(&p->writer, 1, then - 10000, 1.0);
	writer_sample(&p->writer, 1, then, 1.0);
	patient_written(p);
}

static void
test_samples_that_come_are_well(void **state)
{
	write_log(*state, 5);
	patient_finds(*state, series_samples, FINDING_OK,
	    "1 series, about 12 samples a minute", "");
}

static void
test_no_sample_is_a_warning(void **state)
{
	struct patient *p = *state;

	patient_write(p);
	patient_written(p);
	patient_finds(
	    p, series_samples, FINDING_WARN, "no sample", "scrapes something");
}

static void
test_old_ones_are_a_warning(void **state)
{
	write_log(*state, 400);
	patient_finds(*state, series_samples, FINDING_WARN,
	    "the newest sample in the log is 40", "clocks of both");
}

static void
test_late_ones_are_a_warning(void **state)
{
	struct patient *p = *state;
	int64_t now = clock_wall(p->exam.clock);

	patient_write(p);
	writer_series(&p->writer, 1, "__name__", "up", NULL);
	writer_series(&p->writer, 2, "__name__", "tardy", NULL);
	writer_sample(&p->writer, 1, now - 1000, 1.0);
	writer_sample(&p->writer, 2, now - 1801000, 1.0);
	patient_written(p);
	patient_configure(p, AZURE);
	patient_finds(p, series_samples, FINDING_WARN,
	    "1 of 2 samples, as of tardy, were too old when Prometheus wrote "
	    "them, by up to 1800 s where sample_age_limit is 1140 s",
	    "honor_timestamps: false");
}

/* What the fleet is, with so many ${hosts} like this one. */
static void
fill(struct patient *p, uint32_t hosts, uint64_t series, uint64_t samples)
{
	p->exam.hosts = hosts;
	p->exam.traffic = (struct traffic){ .read = true,
		.whole = true,
		.series = series,
		.samples = samples,
		.first = 1,
		.last = 60001 };
}

static void
test_one_host_is_within_limits(void **state)
{
	struct patient *p = *state;

	patient_configure(p, AZURE);
	fill(p, 1, 5000, 6000);
	patient_finds(p, series_limits, FINDING_OK,
	    "1 host like this one: 4 requests and 6000 samples a minute, "
	    "5000 series: 1 data collection rule, 1 workspace",
	    "");
}

static void
test_a_fleet_needs_more(void **state)
{
	struct patient *p = *state;

	patient_configure(p, AZURE);
	fill(p, 10000, 10, 50);
	patient_finds(p, series_limits, FINDING_WARN,
	    "10000 hosts like this one: 40000 requests and 500000 samples a "
	    "minute, 100000 series: 3 data collection rules, 1 workspace",
	    "so many rules");
	p->exam.traffic.whole = false;
	patient_finds(p, series_limits, FINDING_WARN,
	    "10000 hosts like this one: at least 40000 requests", "");
	fill(p, 100, 20001, 10);
	patient_finds(p, series_limits, FINDING_WARN,
	    "1 data collection rule, 3 workspaces", "so many workspaces");
	fill(p, 100, 10, 10001);
	patient_finds(p, series_limits, FINDING_WARN, "2 workspaces", "");
}

static void
test_many_samples_make_more_requests(void **state)
{
	struct patient *p = *state;

	patient_configure(p,
	    "remote_write:\n- url: http://localhost:1/\n"
	    "  queue_config: {max_samples_per_send: 100}\n");
	fill(p, 1, 10, 10001);
	patient_finds(p, series_limits, FINDING_OK, "about 101 requests", "");
}

static void
test_labels_that_do_not_fit_are_a_warning(void **state)
{
	struct patient *p = *state;

	patient_configure(p, AZURE);
	patient_finds(p, series_labels, FINDING_OK, "within", "");
	p->exam.traffic.unfit = 3;
	p->exam.traffic.why = FIT_MANY;
	(void)strcpy(p->exam.traffic.unfit_name, "huge");
	patient_finds(p, series_labels, FINDING_WARN,
	    "3 series, as of huge, have more than 63 labels, which a "
	    "workspace does not take: they are dropped",
	    "write_relabel_configs");
	patient_send_to(p, "http://localhost:1/");
	patient_finds(p, series_labels, FINDING_OK, "as they are", "");
}

static void
test_a_workspace_needs_a_label_for_the_host(void **state)
{
	struct patient *p = *state;

	patient_finds(p, series_host, FINDING_OK, "", "");
	patient_configure(p, AZURE);
	patient_finds(p, series_host, FINDING_WARN, "no external label",
	    "external_labels: {host: '${HOSTNAME}'}");
	patient_configure(p, "external_labels: {host: '${HOSTNAME}'}\n" AZURE);
	patient_finds(p, series_host, FINDING_OK, "", "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PATIENT_TEST(test_samples_that_come_are_well),
		PATIENT_TEST(test_no_sample_is_a_warning),
		PATIENT_TEST(test_old_ones_are_a_warning),
		PATIENT_TEST(test_late_ones_are_a_warning),
		PATIENT_TEST(test_one_host_is_within_limits),
		PATIENT_TEST(test_a_fleet_needs_more),
		PATIENT_TEST(test_many_samples_make_more_requests),
		PATIENT_TEST(test_labels_that_do_not_fit_are_a_warning),
		PATIENT_TEST(test_a_workspace_needs_a_label_for_the_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
