/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/ship/whole.h"

/* Every part has its say when the meters are read. */
static void
the_meters_of_all_parts_are_brought_up_to_date(void **state)
{
	struct whole *f = whole_new();

	(void)state;
	whole_start(f);
	writer_rotate(&f->writer);
	whole_scrape(f, 1);
	(void)sim_run(f->sim, 2 * CLOCK_SEC);
	assert_true(
	    whole_value(f, "\nprometheus_remote_storage_samples_pending{") ==
	    WHOLE_SERIES);
	assert_true(whole_value(f,
			"\nprometheus_remote_storage_max_samples_per_send{") ==
	    f->remote.queue.max_samples_per_send);
	assert_true(whole_value(f, "\nwalship_series{") == WHOLE_SERIES);
	assert_true(
	    whole_value(f, "\nprometheus_wal_watcher_current_segment{") == 1);
	assert_true(whole_value(f, "\nprometheus_remote_storage_shards{") == 1);
	whole_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_meters_of_all_parts_are_brought_up_to_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
