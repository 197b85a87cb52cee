/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "agent/series/naming.h"

static struct wal_text
text_of(const char *text)
{
	return (struct wal_text){ text, strlen(text) };
}

/* A series of the metric ${name}. */
static void
add(struct naming *naming, const char *name)
{
	const struct wal_label labels[] = { { text_of("a"), text_of("b") },
		{ text_of("__name__"), text_of(name) } };

	naming_add(naming, labels, 2);
}

static void
a_metric_is_named_once(void **state)
{
	struct naming naming = { 0 };
	uint64_t series = 0;

	(void)state;
	assert_null(naming_line(&naming, 1, &series));
	add(&naming, "up");
	add(&naming, "up");
	add(&naming, "down");
	assert_string_equal(naming_line(&naming, 1, &series), "up, down");
	assert_int_equal(series, 3);
	assert_null(naming_line(&naming, 1 + NAMING_PERIOD, &series));
	add(&naming, "up");
	assert_string_equal(
	    naming_line(&naming, 1 + NAMING_PERIOD, &series), "");
	assert_int_equal(series, 1);
}

static void
a_line_has_few_names_and_waits_for_its_time(void **state)
{
	struct naming naming = { 0 };
	uint64_t series = 0;
	char name[300];
	unsigned int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		memset(name, 'x', sizeof(name));
		(void)snprintf(name + 200, sizeof(name) - 200, "%u", i);
		add(&naming, name);
	}
	assert_int_equal(strlen(naming_line(&naming, 5, &series)),
	    NAMING_LINE * NAMING_TEXT + 2 * (NAMING_LINE - 1));
	assert_int_equal(series, 1000);
	add(&naming, "up");
	assert_null(naming_line(&naming, 4 + NAMING_PERIOD, &series));
	assert_string_equal(
	    naming_line(&naming, 5 + NAMING_PERIOD, &series), "up");
}

/* More than are remembered: counted all the same. */
static void
what_is_remembered_is_bounded(void **state)
{
	struct naming naming = { 0 };
	uint64_t series = 0, now = 0;
	unsigned int i, named = 0;
	char name[16];

	(void)state;
	for (i = 0; i < 2 * NAMING_SAID; i++) {
		(void)snprintf(name, sizeof(name), "m%u", i);
		add(&naming, name);
		named += *naming_line(&naming, now += NAMING_PERIOD, &series) !=
		    '\0';
		assert_int_equal(series, 1);
	}
	assert_int_equal(named, NAMING_SAID);
}

static void
a_series_without_a_name_is_counted(void **state)
{
	struct naming naming = { 0 };
	uint64_t series = 0;

	(void)state;
	naming_add(&naming, NULL, 0);
	assert_string_equal(naming_line(&naming, 1, &series), "");
	assert_int_equal(series, 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_metric_is_named_once),
		cmocka_unit_test(a_line_has_few_names_and_waits_for_its_time),
		cmocka_unit_test(what_is_remembered_is_bounded),
		cmocka_unit_test(a_series_without_a_name_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
