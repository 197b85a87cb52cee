/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/doctor/report.h"

static const struct finding well = { .found = "all is well" };
static const struct finding bad = { FINDING_FAIL, "it\nfails \"\x1b", "mend" };
static const struct finding odd = { FINDING_WARN, "odd", "look" };
static const struct finding left = { FINDING_SKIP, "because", "" };

static struct buf out;

static int
setup(void **state)
{
	(void)state;
	buf_init(&out, 65536);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_release(&out);
	return 0;
}

static void
test_text_has_a_line_a_step(void **state)
{
	struct report report = { 0 };
	static const char one[] = "one", two[] = "two";

	(void)state;
	report_line(&report, "disk", NULL, &well, &out);
	report_line(&report, "names", one, &bad, &out);
	report_line(&report, "proxy", one, &left, &out);
	report_line(&report, "names", two, &odd, &out);
	report_line(&report, "host label", NULL, &well, &out);
	report_end(&report, &out);
	assert_string_equal(buf_text(&out),
	    "ok    disk            all is well\n"
	    "\none\n"
	    "fail  names           it fails \"\x1b\n"
	    "                      do: mend\n"
	    "skip  proxy           because\n"
	    "\ntwo\n"
	    "warn  names           odd\n"
	    "                      do: look\n"
	    "\n"
	    "ok    host label      all is well\n"
	    "\n2 ok, 1 warn, 1 fail, 1 skipped\n");
}

static void
test_json_is_one_object(void **state)
{
	struct report report = { 0 };

	(void)state;
	report_object(&report, "disk", NULL, &well, &out);
	report_object(&report, "names", "o\"ne", &bad, &out);
	report_end_object(&report, &out);
	assert_string_equal(buf_text(&out),
	    "{\"steps\":[{\"step\":\"disk\",\"result\":\"ok\","
	    "\"found\":\"all is well\"},\n"
	    "{\"step\":\"names\",\"destination\":\"o\\\"ne\","
	    "\"result\":\"fail\",\"found\":\"it\\nfails \\\"\\u001b\","
	    "\"do\":\"mend\"}],\n"
	    "\"result\":\"fail\"}\n");
}

/* What the JSON of ${finding} alone comes to. */
static const char *
result_of(const struct finding *finding)
{
	struct report report = { 0 };

	buf_reset(&out);
	report_object(&report, "x", NULL, finding, &out);
	buf_reset(&out);
	report_end_object(&report, &out);
	return buf_text(&out);
}

static void
test_the_worst_is_what_it_comes_to(void **state)
{
	(void)state;
	assert_string_equal(result_of(&well), "],\n\"result\":\"ok\"}\n");
	assert_string_equal(result_of(&left), "],\n\"result\":\"ok\"}\n");
	assert_string_equal(result_of(&odd), "],\n\"result\":\"warn\"}\n");
	assert_string_equal(result_of(&bad), "],\n\"result\":\"fail\"}\n");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_text_has_a_line_a_step),
		TEST(test_json_is_one_object),
		TEST(test_the_worst_is_what_it_comes_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
