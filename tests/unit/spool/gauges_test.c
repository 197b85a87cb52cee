/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "agent/spool/gauges.h"

static void
they_are_in_the_metrics_until_they_are_released(void **state)
{
	struct stats *stats = stats_new();
	struct gauges gauges;
	enum spool_reason reason;
	struct buf out;

	(void)state;
	buf_init(&out, 1 << 20);
	assert_int_equal(gauges_init(&gauges, stats), 0);
	assert_int_equal(gauges_mode(&gauges, "off"), 0);
	assert_int_equal(gauges_mode(&gauges, "link"), 0);
	for (reason = 0; reason < SPOOL_REASONS; reason++)
		assert_non_null(gauges_reason(reason));
	gauges_let_go(&gauges, SPOOL_AGE);
	stats_write(stats, &out);
	assert_non_null(
	    strstr(buf_text(&out), "walship_spool_mode{mode=\"link\"} 1\n"));
	assert_null(strstr(buf_text(&out), "mode=\"off\""));
	assert_non_null(strstr(
	    buf_text(&out), "walship_spool_let_go_total{reason=\"age\"} 1\n"));
	assert_non_null(strstr(
	    buf_text(&out), "walship_spool_let_go_total{reason=\"read\"} 0\n"));
	gauges_release(&gauges);
	buf_reset(&out);
	stats_write(stats, &out);
	assert_string_equal(buf_text(&out), "");
	buf_release(&out);
	stats_free(stats);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    they_are_in_the_metrics_until_they_are_released),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
