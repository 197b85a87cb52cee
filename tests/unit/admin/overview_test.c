/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/admin/viewing.h"

static void
the_worst_destination_decides(void **state)
{
	struct viewing v;

	(void)state;
	viewing_init(&v);
	assert_int_equal(overview_level(&v.overview), SITUATION_TROUBLE);
	v.overview.len = 1;
	assert_int_equal(overview_level(&v.overview), SITUATION_OK);
	v.situations[0].lost_lately = 1;
	situation_judge(&v.situations[0]);
	assert_int_equal(overview_level(&v.overview), SITUATION_ATTENTION);
	v.overview.len = 0;
	assert_int_equal(overview_level(&v.overview), SITUATION_OK);
}

static void
progress_is_how_much_less_it_lags_than_at_worst(void **state)
{
	struct situation situation = { .lag = 300, .worst = 1200 };

	(void)state;
	assert_float_equal((float)overview_progress(&situation), 0.75f, 0.001f);
	situation.worst = 0;
	assert_float_equal((float)overview_progress(&situation), 0, 0.001f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_worst_destination_decides),
		cmocka_unit_test(
		    progress_is_how_much_less_it_lags_than_at_worst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
