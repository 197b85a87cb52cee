/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/ship/news.h"

static void
news_are_told_now_and_then(void **state)
{
	struct news news = { 0 };
	FILE *log = tmpfile();
	char text[4096] = "";

	(void)state;
	assert_non_null(log);
	log_init(LOG_INFO, LOG_LOGFMT);
	log_to(fileno(log));
	news_waiting(&news, "receiver", "/data/wal", 5);
	news_waiting(&news, "receiver", "/other", 4 + NEWS_PERIOD);
	errno = EACCES;
	news_failing(&news, "receiver", "/data/wal", 7, 5);
	news_failing(&news, "receiver", "/other", 8, 4 + NEWS_PERIOD);
	log_to(STDERR_FILENO);
	rewind(log);
	assert_true(fread(text, 1, sizeof(text) - 1, log) > 0);
	(void)fclose(log);
	assert_non_null(strstr(text, "no log yet"));
	assert_non_null(strstr(text, "remote=receiver path=/data/wal"));
	assert_non_null(strstr(text, "segment=7"));
	assert_non_null(strstr(text, "Permission denied"));
	assert_null(strstr(text, "/other"));
}

/* Of a fault: first, how often it was not said, and when it was over. */
static void
a_fault_has_an_end_and_is_counted(void **state)
{
	struct news news = { 0 };
	FILE *log = tmpfile();
	char text[4096] = "";
	unsigned int i;

	(void)state;
	assert_non_null(log);
	log_init(LOG_INFO, LOG_LOGFMT);
	log_to(fileno(log));
	news_reading(&news, "receiver", 1);
	for (i = 0; i < 61; i++)
		news_failing(
		    &news, "receiver", "/wal", 7, (10 + i) * CLOCK_SEC);
	news_reading(&news, "receiver", 75 * CLOCK_SEC);
	news_reading(&news, "receiver", 76 * CLOCK_SEC);
	log_to(STDERR_FILENO);
	rewind(log);
	assert_true(fread(text, 1, sizeof(text) - 1, log) > 0);
	(void)fclose(log);
	assert_non_null(strstr(text, "unsaid=59\n"));
	assert_non_null(strstr(text, "reading the log again"));
	assert_non_null(strstr(text, "after_seconds=65\n"));
	assert_null(strstr(strstr(text, "after_seconds") + 1, "after_seconds"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(news_are_told_now_and_then),
		cmocka_unit_test(a_fault_has_an_end_and_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
