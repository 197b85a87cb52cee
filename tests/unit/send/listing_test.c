/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/send/listing.h"

static int
set_up(void **state)
{
	*state = families_new();
	return *state == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	families_free(*state);
	return 0;
}

/* Read ${text}, of which ${left_out} entries must not be taken. */
static void
read_list(struct families *families, const char *text, size_t left_out)
{
	size_t got = SIZE_MAX;

	assert_null(listing_read(text, strlen(text), families, &got));
	assert_int_equal(got, left_out);
}

static void
expect_text(struct wal_text got, const char *wanted, size_t len)
{
	assert_int_equal(got.len, len);
	assert_memory_equal(got.data, wanted, len);
}

/* Entry ${i} is to be this. */
static void
expect(const struct families *families, size_t i, enum family_type type,
    const char *name, const char *help)
{
	struct family got = families_at(families, i);

	assert_int_equal(got.type, type);
	expect_text(got.name, name, strlen(name));
	expect_text(got.help, help, strlen(help));
}

static void
an_answer_of_prometheus_is_read(void **state)
{
	struct families *f = *state;

	read_list(f,
	    "{\"status\":\"success\",\"data\":{\n"
	    "\"b\":[{\"type\":\"counter\",\"help\":\"B\\u00e9 \\\"b\\\"\\n\","
	    "\"unit\":\"seconds\"}],\n"
	    "\"a\":[{\"type\":\"gauge\",\"help\":\"one\",\"unit\":\"\"},\n"
	    "       {\"type\":\"gauge\",\"help\":\"two\",\"unit\":\"\"}]}}\n",
	    0);
	assert_int_equal(families_len(f), 3);
	expect(f, 0, FAMILY_COUNTER, "b", "B\xc3\xa9 \"b\"\n");
	expect_text(families_at(f, 0).unit, "seconds", 7);
	expect(f, 1, FAMILY_GAUGE, "a", "one");
	expect(f, 2, FAMILY_GAUGE, "a", "two");
}

static void
every_type_is_known_by_its_name(void **state)
{
	static const char *const names[] = { "unknown", "counter", "gauge",
		"histogram", "gaugehistogram", "summary", "info", "stateset",
		"", "Gauge", "gauge2", "gaug" };
	struct families *f = *state;
	char text[128];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		(void)snprintf(text, sizeof(text),
		    "{\"data\":{\"m%zu\":[{\"type\":\"%s\"}]}}", i, names[i]);
		read_list(f, text, 0);
		assert_int_equal(families_at(f, i).type,
		    i < FAMILY_TYPES ? i : FAMILY_UNKNOWN);
	}
}

static void
what_is_missing_is_empty_and_what_is_more_is_passed_over(void **state)
{
	struct families *f = *state;

	read_list(f,
	    "{\"data\":{\"a\":[{}],\"b\":[{\"help\":5,\"type\":[],"
	    "\"unit\":null,\"more\":{\"x\":[1,2]}}],\"c\":[]},\"more\":1}",
	    0);
	assert_int_equal(families_len(f), 2);
	expect(f, 0, FAMILY_UNKNOWN, "a", "");
	expect(f, 1, FAMILY_UNKNOWN, "b", "");
}

static void
a_text_may_hold_any_byte(void **state)
{
	struct families *f = *state;

	read_list(f, "{\"data\":{\"a\":[{\"help\":\"x\\u0000y\"}]}}", 0);
	expect_text(families_at(f, 0).help, "x\0y", 3);
}

static void
what_has_another_form_is_left_out_and_counted(void **state)
{
	struct families *f = *state;

	read_list(f,
	    "{\"data\":{\"a\":[1,{},\"x\",[]],\"b\":{},\"c\":null,"
	    "\"\":[{}],\"d\":[{}]}}",
	    6);
	assert_int_equal(families_len(f), 2);
	expect(f, 0, FAMILY_UNKNOWN, "a", "");
	expect(f, 1, FAMILY_UNKNOWN, "d", "");
}

static void
what_is_no_list_is_refused(void **state)
{
	static const char *const bad[] = { "", " ", "null", "[]", "{}", "5",
		"{\"data\":[]}", "{\"data\":null}", "{\"data\":{\"a\":[{}]}",
		"{\"data\":{\"a\":[{\"help\":\"\xff\"}]}}",
		"{\"data\":{\"a\":[{}]}} {}", "<html>",
		"{\"status\":\"error\",\"error\":\"busy\"}" };
	struct families *f = *state;
	size_t i, left_out = 7;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_non_null(
		    listing_read(bad[i], strlen(bad[i]), f, &left_out));
		assert_int_equal(families_len(f), 0);
		assert_int_equal(left_out, 7);
	}
}

static void
nesting_without_end_is_refused(void **state)
{
	size_t len = 1 << 20, left_out;
	char *text = malloc(len);

	assert_non_null(text);
	memset(text, '[', len);
	assert_non_null(listing_read(text, len, *state, &left_out));
	free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer_of_prometheus_is_read),
		TEST(every_type_is_known_by_its_name),
		TEST(what_is_missing_is_empty_and_what_is_more_is_passed_over),
		TEST(a_text_may_hold_any_byte),
		TEST(what_has_another_form_is_left_out_and_counted),
		TEST(what_is_no_list_is_refused),
		TEST(nesting_without_end_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
