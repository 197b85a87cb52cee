/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "agent/admin/report.h"
#include "agent/screen.h"
#include "tests/unit/admin/viewing.h"

/* What is shown of ${json}, to be freed. */
static char *
shown(const char *json, unsigned int width, bool color)
{
	json_t *status = json_loads(json, JSON_DECODE_ANY, NULL);
	struct buf out;
	char *text;

	assert_non_null(status);
	buf_init(&out, SCREEN_MAX);
	screen_put(status, width, color, &out);
	text = strdup(buf_text(&out));
	assert_false(out.bad);
	buf_release(&out);
	json_decref(status);
	assert_non_null(text);
	return text;
}

/* The same of an overview with one good destination and a hostile one. */
static char *
shown_overview(unsigned int width, bool color)
{
	struct viewing viewing;
	struct buf json;
	char *text;

	viewing_init(&viewing);
	buf_init(&json, 1 << 20);
	report_put(&viewing.overview, &json);
	text = shown(buf_text(&json), width, color);
	buf_release(&json);
	return text;
}

static void
check(const char *text, const char *line)
{
	if (strstr(text, line) == NULL)
		fail_msg("no \"%s\" in:\n%s", line, text);
}

static void
a_screen_has_all_that_is_known(void **state)
{
	char *text = shown_overview(200, false);

	(void)state;
	check(text,
	    "trouble  walship 1.2.3, running since 2026-01-02T01:04:05Z\n");
	check(text, "  log        /data/wal up to 00000007:8192\n");
	check(text, "  held       fd, segments: 3, 1.0 MiB pinned\n");
	check(text, "  note       f.yml:1:2: <b> has no effect\n");
	check(text, "\nok  good\n             Delivering as it comes.\n");
	check(text, "  url        https://good/write?key=***\n");
	check(text,
	    "  flow       lag 1.5 s, in 200/s, out 198/s, waiting 40, "
	    "1 of 4 requests in flight\n");
	check(text,
	    "  log        delivered up to 00000007:2048, 2.0 KiB before the "
	    "end of the log\n");
	check(text,
	    "  token      managed identity 42, valid until "
	    "2026-01-02T04:04:05Z\n");
	check(text, "; 25 % of the backlog is done\n");
	check(text, "  profile    azuremonitor");
	check(text,
	    "  dropped    dropped_series 3 (as configured), too_old 17\n");
	check(text, "  given up   refused 4\n");
	check(text, "  log lacks  segments deleted unread: 2, damaged");
	check(text,
	    "  last error 2026-01-02T03:03:05Z: receiver is bad; mend it "
	    "(status 500): <script>");
	free(text);
}

/* Lines are no longer than the screen is wide, unless a word is. */
static void
lines_are_wrapped_to_the_width(void **state)
{
	char *text = shown_overview(60, false), *line, *rest;
	unsigned int wrapped = 0;

	(void)state;
	for (line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (strlen(line) > 60)
			fail_msg("too long: %s", line);
		wrapped += strncmp(line, "             ", 13) == 0;
	}
	assert_true(wrapped > 3);
	free(text);
	text = shown_overview(60, false);
	check(text,
	    "  flow       lag 1.5 s, in 200/s, out 198/s, waiting 40, 1\n"
	    "             of 4 requests in flight\n");
	free(text);
}

static void
nothing_means_anything_to_the_terminal(void **state)
{
	char *text = shown_overview(80, false);
	size_t i;

	(void)state;
	for (i = 0; text[i] != '\0'; i++)
		assert_true(((uint8_t)text[i] >= ' ' && text[i] != 0x7f) ||
		    text[i] == '\n');
	assert_null(strstr(text, "\xe2\x80\xae"));
	check(text, "bad <script>alert(1)</script>?[2J\"'&??\xef\xbf\xbd?\n");
	free(text);
}

static void
color_is_of_levels_only(void **state)
{
	char *text = shown_overview(80, true);

	(void)state;
	check(text, "\033[1;31mtrouble\033[0m  walship 1.2.3");
	check(text, "\033[1;32mok\033[0m  good\n");
	free(text);
}

/* Whoever answers, the screen is one. */
static void
an_answer_of_other_kinds_is_no_harm(void **state)
{
	static const char *const answers[] = {
		"{}", "[]", "1", "null",
		"{\"destinations\":[1,[],{},\"x\",null]}",
		"{\"destinations\":{\"a\":1},\"wal\":3,\"spool\":[]}",
		"{\"destinations\":[{\"lag_seconds\":1e308,\"lost\":"
		"{\"dropped\":{\"a\":\"b\",\"c\":-1e300}},\"last_error\":{},"
		"\"token\":{},\"catch_up\":{},\"profile\":{\"defaults\":[1]}}]}"
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		free(shown(answers[i], 0, true));
}

static void
trouble_is_told_by_the_level(void **state)
{
	json_t *status = json_pack("{s:s}", "level", "trouble");

	(void)state;
	assert_true(screen_in_trouble(status));
	(void)json_object_set_new(status, "level", json_string("attention"));
	assert_false(screen_in_trouble(status));
	json_decref(status);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_screen_has_all_that_is_known),
		cmocka_unit_test(lines_are_wrapped_to_the_width),
		cmocka_unit_test(nothing_means_anything_to_the_terminal),
		cmocka_unit_test(color_is_of_levels_only),
		cmocka_unit_test(an_answer_of_other_kinds_is_no_harm),
		cmocka_unit_test(trouble_is_told_by_the_level),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
