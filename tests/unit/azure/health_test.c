/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "packaging/azure/extension/health.h"
#include "tests/unit/azure/stage.h"

#define ONE(level_, delivered_) \
	"{\"name\":\"azure\",\"level\":\"" level_ \
	"\",\"delivered\":" delivered_ ",\"sentence\":\"it is so\"}"
#define ALL(list_) "{\"destinations\":[" list_ "]}"

static void
decode(struct health *health, const char *text)
{
	health_decode(health, text, strlen(text));
}

static void
receivers_that_were_reached_and_still_are_count(void **state)
{
	struct health health;

	(void)state;
	decode(&health, ALL(ONE("ok", "5") "," ONE("attention", "0.5")));
	assert_int_equal(health.receivers, 2);
	assert_int_equal(health.reached, 2);
	assert_string_equal(health.why, "");
	decode(&health, ALL(ONE("ok", "5") "," ONE("ok", "0")));
	assert_int_equal(health.reached, 1);
	assert_string_equal(health.why, "azure: it is so");
	decode(&health, ALL(ONE("trouble", "5")));
	assert_int_equal(health.reached, 0);
}

static void
what_is_no_status_reaches_nobody(void **state)
{
	static const char *const texts[] = { "", "{", "[]", "{}", ALL(""),
		"{\"destinations\":{}}", "{\"destinations\":[7,null]}" };
	struct health health;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		decode(&health, texts[i]);
		assert_int_equal(health.reached, 0);
		assert_string_not_equal(health.why, "");
	}
}

static void
walship_is_asked_with_its_configuration(void **state)
{
	struct health health;

	stage_program(*state, "walship",
	    "test \"$*\" = 'status --json -c /c.yml' && "
	    "echo '" ALL(ONE("ok", "1")) "'; exit 1");
	health_ask(&health, "/c.yml");
	assert_int_equal(health.reached, 1);
	stage_program(*state, "walship", "echo no walship runs >&2; exit 1");
	health_ask(&health, "/c.yml");
	assert_int_equal(health.reached, 0);
	assert_string_equal(health.why, "no walship runs");
}

static enum status_kind
judge(
    const char *json, struct health_memory *memory, uint64_t now, char *message)
{
	struct health health;

	decode(&health, json);
	return health_judge(&health, memory, now, 10, message);
}

static void
a_warning_comes_after_the_stated_time(void **state)
{
	static const char bad[] = ALL(ONE("trouble", "0"));
	static const char good[] = ALL(ONE("ok", "1"));
	char message[STATUS_MESSAGE_MAX];
	struct health_memory memory = { 0 };

	(void)state;
	assert_int_equal(
	    judge(bad, &memory, 1000, message), STATUS_TRANSITIONING);
	assert_int_equal(
	    judge(bad, &memory, 1599, message), STATUS_TRANSITIONING);
	assert_non_null(strstr(message, "azure: it is so"));
	assert_int_equal(judge(bad, &memory, 1600, message), STATUS_WARNING);
	assert_non_null(strstr(message, "10 minutes: azure: it is so"));
	assert_int_equal(judge(good, &memory, 1700, message), STATUS_SUCCESS);
	assert_non_null(strstr(message, "1 of 1"));
	/* Once it has worked, what fails may pass. */
	assert_int_equal(judge(bad, &memory, 2299, message), STATUS_SUCCESS);
	assert_non_null(strstr(message, "azure: it is so"));
	assert_int_equal(judge(bad, &memory, 2300, message), STATUS_WARNING);
	assert_int_equal(judge(good, &memory, 2301, message), STATUS_SUCCESS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    receivers_that_were_reached_and_still_are_count),
		cmocka_unit_test(what_is_no_status_reaches_nobody),
		cmocka_unit_test_setup_teardown(
		    walship_is_asked_with_its_configuration, stage_open,
		    stage_close),
		cmocka_unit_test(a_warning_comes_after_the_stated_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
