/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#include "agent/series/families.h"
#include "tests/unit/ship/whole.h"
#include "tests/unit/wal/compose.h"

#define INTERVAL (60 * CLOCK_SEC)

static int
set_up(void **state)
{
	struct whole *f = whole_new();

	f->remote.metadata = (struct config_metadata){
		.send = true,
		.send_interval = INTERVAL,
		.max_samples_per_send = 2000,
	};
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	whole_free(*state);
	return 0;
}

/* Write that the first series, and with it its family, is a gauge. */
static void
write_metadata(struct whole *f)
{
	struct compose record = { 0 };

	compose_u8(&record, WAL_METADATA);
	compose_uvarint(&record, 1);
	compose_u8(&record, FAMILY_GAUGE);
	compose_uvarint(&record, 0);
	writer_log(&f->writer, record.data, record.len);
	compose_release(&record);
}

static void
what_the_log_says_of_metrics_is_told(void **state)
{
	struct whole *f = *state;

	write_metadata(f);
	whole_start(f);
	(void)whole_live(f, 10);
	assert_int_equal(f->described, 0);
	(void)whole_live(f, 4);
	assert_int_equal(f->described, 1);
	(void)whole_live(f, 12);
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	assert_int_equal(f->described, 2);
	assert_true(
	    whole_value(f, "\nprometheus_remote_storage_metadata_total{") == 2);
	whole_expect_all(f);
}

/* Each request is looked at for the credentials by the receiver. */
static void
credentials_are_for_the_receiver_and_not_for_prometheus(void **state)
{
	static char url[] = "http://prometheus:9090";
	struct whole *f = *state;

	f->config.prometheus_url = f->config.prometheus_shown_url = url;
	f->remote.auth.kind = CONFIG_AUTH_HEADER;
	f->remote.auth.type = (char[]){ "Bearer" };
	f->remote.auth.secret.text = (char[]){ "secret" };
	write_metadata(f);
	whole_start(f);
	(void)whole_live(f, 14);
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	assert_int_equal(f->asked, 1);
	assert_int_equal(f->described, 1);
	whole_expect_all(f);
}

/* Its records are before the position that it goes on from. */
static void
after_a_restart_it_is_told_again(void **state)
{
	struct whole *f = *state;

	write_metadata(f);
	whole_start(f);
	(void)whole_live(f, 2);
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	whole_end(f, true);
	writer_rotate(&f->writer);
	whole_start(f);
	(void)whole_live(f, 13);
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	assert_int_equal(f->described, 1);
	whole_expect_all(f);
}

static void
unless_it_is_not_wanted(void **state)
{
	struct whole *f = *state;

	f->remote.metadata.send = false;
	write_metadata(f);
	whole_start(f);
	(void)whole_live(f, 30);
	assert_int_equal(f->described, 0);
}

/* By an edit: its records are gone by then. */
static void
what_was_not_wanted_is_known_when_it_is(void **state)
{
	struct whole *f = *state;
	char path[128];

	f->keeps = true;
	f->remote.metadata.send = false;
	write_metadata(f);
	whole_start(f);
	(void)whole_live(f, 2);
	lazy_work(&f->lazy);
	writer_rotate(&f->writer);
	(void)whole_live(f, 2);
	whole_stop(f);
	whole_end(f, true);
	(void)snprintf(path, sizeof(path), "%s/00000000", f->scratch.wal);
	assert_int_equal(unlink(path), 0);
	f->remote.metadata.send = true;
	whole_start(f);
	(void)whole_live(f, 13);
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	assert_int_equal(f->described, 1);
	whole_expect_all(f);
}

/* They go beside the samples, whose order and number the receiver checks. */
static void
metadata_every_second_cost_no_sample(void **state)
{
	struct whole *f = *state;

	f->remote.metadata.send_interval = CLOCK_SEC;
	f->remote.queue.max_samples_per_send = WHOLE_SERIES;
	write_metadata(f);
	whole_start(f);
	(void)whole_live(f, 20);
	assert_in_range(f->described, 90, 100);
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	whole_expect_all(f);
	assert_true(
	    whole_value(f, "\nprometheus_remote_storage_samples_total{") ==
	    20 * WHOLE_SERIES);
}

static void
a_stop_does_not_wait_for_metadata(void **state)
{
	struct whole *f = *state;

	write_metadata(f);
	whole_start(f);
	(void)whole_live(f, 1);
	(void)sim_run(f->sim, INTERVAL - WHOLE_SCRAPE - CLOCK_SEC);
	f->answer.latency = 20 * CLOCK_SEC;
	(void)sim_run(f->sim, 2 * CLOCK_SEC);
	assert_int_equal(sim_flying(f->sim), 1);
	destination_stop(f->destination);
	(void)sim_run(f->sim, 0);
	assert_int_equal(sim_flying(f->sim), 0);
	assert_int_equal(f->drained, 1);
	assert_int_equal(sim_run(f->sim, 3600 * CLOCK_SEC), 0);
}

static void
it_can_be_freed_while_metadata_are_on_their_way(void **state)
{
	struct whole *f = *state;

	write_metadata(f);
	f->answer.latency = 20 * CLOCK_SEC;
	whole_start(f);
	(void)sim_run(f->sim, INTERVAL + CLOCK_SEC);
	assert_int_equal(sim_flying(f->sim), 1);
	whole_end(f, true);
	assert_int_equal(sim_flying(f->sim), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_the_log_says_of_metrics_is_told),
		TEST(credentials_are_for_the_receiver_and_not_for_prometheus),
		TEST(after_a_restart_it_is_told_again),
		TEST(unless_it_is_not_wanted),
		TEST(what_was_not_wanted_is_known_when_it_is),
		TEST(metadata_every_second_cost_no_sample),
		TEST(a_stop_does_not_wait_for_metadata),
		TEST(it_can_be_freed_while_metadata_are_on_their_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
