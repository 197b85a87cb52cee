/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "agent/auth/token_meters.h"

static void
each_reason_is_counted_by_its_word(void **state)
{
	struct stats *stats = stats_new();
	struct token_meters meters = { 0 };
	struct buf page;
	int i, j;

	(void)state;
	buf_init(&page, 1 << 16);
	assert_int_equal(token_meters_init(&meters, stats, "who"), 0);
	stat_inc(meters.failures[TOKEN_NO_IDENTITY]);
	stat_set(meters.expiry, 1767323045);
	stats_write(stats, &page);
	assert_non_null(strstr(buf_text(&page),
	    "walship_token_failures_total{identity=\"who\","
	    "reason=\"no_identity\"} 1\n"));
	assert_non_null(strstr(buf_text(&page),
	    "walship_token_failures_total{identity=\"who\","
	    "reason=\"unreachable\"} 0\n"));
	assert_non_null(strstr(buf_text(&page),
	    "walship_token_expiry_timestamp_seconds{identity=\"who\"} "
	    "1767323045\n"));
	assert_non_null(strstr(buf_text(&page),
	    "walship_token_refreshes_total{identity=\"who\"} 0\n"));
	for (i = 0; i < TOKEN_FAILURES; i++)
		for (j = 0; j < i; j++)
			assert_string_not_equal(
			    token_meters_reason((enum token_failure)i),
			    token_meters_reason((enum token_failure)j));
	token_meters_release(&meters);
	buf_reset(&page);
	stats_write(stats, &page);
	assert_string_equal(buf_text(&page), "");
	token_meters_release(&meters);
	buf_release(&page);
	stats_free(stats);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_reason_is_counted_by_its_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
