/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <string.h>

#include "agent/admin/report.h"
#include "tests/unit/admin/viewing.h"

struct fixture {
	struct viewing viewing;
	struct buf out;
	json_t *report;
};

/* Make the report anew. */
static void
report(struct fixture *f)
{
	buf_reset(&f->out);
	report_put(&f->viewing.overview, &f->out);
	json_decref(f->report);
	f->report = json_loads(buf_text(&f->out), 0, NULL);
	assert_non_null(f->report);
}

static int
set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){ 0 };
	viewing_init(&f.viewing);
	buf_init(&f.out, 1 << 20);
	report(&f);
	*state = &f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	json_decref(f->report);
	buf_release(&f->out);
	return 0;
}

/* The value at ${path}, of keys and numbers with dots between. */
static const json_t *
at(const struct fixture *f, const char *path)
{
	const json_t *value = f->report;
	char words[128], *word, *rest;

	assert_true(strlen(path) < sizeof(words));
	(void)strcpy(words, path);
	for (word = strtok_r(words, ".", &rest); word != NULL;
	     word = strtok_r(NULL, ".", &rest))
		value = json_is_array(value)
		    ? json_array_get(value, strtoul(word, NULL, 10))
		    : json_object_get(value, word);
	if (value == NULL)
		fail_msg("no %s in %s", path, (const char *)f->out.data);
	return value;
}

static void
check(const struct fixture *f, const char *path, const char *want)
{
	char *value = json_dumps(at(f, path), JSON_ENCODE_ANY | JSON_COMPACT);

	assert_non_null(value);
	assert_string_equal(value, want);
	free(value);
}

static void
the_agent_says_what_it_is(void **state)
{
	struct fixture *f = *state;

	check(f, "version", "\"1.2.3\"");
	check(f, "time", "\"2026-01-02T03:04:05Z\"");
	check(f, "started", "\"2026-01-02T01:04:05Z\"");
	check(f, "level", "\"trouble\"");
	check(f, "ready", "true");
	check(f, "config.file", "\"/etc/walship.yml\"");
	check(f, "config.last_reload_successful", "true");
	check(f, "config.warnings", "[\"f.yml:1:2: <b> has no effect\"]");
	check(f, "wal.head", "{\"segment\":7,\"offset\":8192}");
	check(f, "spool",
	    "{\"mode\":\"fd\",\"segments\":3,"
	    "\"pinned_bytes\":1048576}");
	check(f, "memory.series_bytes", "4096");
	f->viewing.overview.has_log = false;
	report(f);
	check(f, "wal.head", "null");
}

static void
a_destination_says_how_it_stands(void **state)
{
	struct fixture *f = *state;

	check(f, "destinations.0.name", "\"good\"");
	check(f, "destinations.0.url", "\"https://good/write?key=***\"");
	check(f, "destinations.0.state", "\"delivering\"");
	check(f, "destinations.0.level", "\"ok\"");
	check(f, "destinations.0.sentence", "\"Delivering as it comes.\"");
	check(f, "destinations.0.lag_seconds", "1.5");
	check(f, "destinations.0.samples_in_per_second", "200.0");
	check(f, "destinations.0.samples_out_per_second", "198.5");
	check(f, "destinations.0.pending",
	    "{\"samples\":40,\"exemplars\":0,\"histograms\":0}");
	check(f, "destinations.0.requests_in_flight", "1");
	check(f, "destinations.0.requests_allowed", "4");
	check(f, "destinations.0.delivered", "960");
	check(f, "destinations.0.series", "20");
	check(f, "destinations.0.acknowledged",
	    "{\"segment\":7,\"offset\":2048}");
	check(f, "destinations.0.newest_sample", "\"2026-01-02T03:04:03Z\"");
	check(f, "destinations.0.behind_bytes", "2048");
	check(f, "destinations.0.clock_offset_seconds", "-0.25");
	check(f, "destinations.0.token",
	    "{\"identity\":\"managed identity 42\",\"expires\":"
	    "\"2026-01-02T04:04:05Z\",\"error\":null}");
}

static void
what_is_not_is_null(void **state)
{
	struct fixture *f = *state;

	check(f, "destinations.0.catch_up", "null");
	check(f, "destinations.0.pause", "null");
	check(f, "destinations.0.last_error", "null");
	check(f, "destinations.0.profile", "null");
	check(f, "destinations.0.lost.dropped", "{}");
	check(f, "destinations.1.token", "null");
	check(f, "destinations.1.newest_sample", "null");
}

static void
trouble_is_told_in_full(void **state)
{
	struct fixture *f = *state;

	check(f, "destinations.1.state", "\"retrying\"");
	check(f, "destinations.1.catch_up",
	    "{\"progress\":0.25,\"remaining_seconds\":300.0}");
	check(f, "destinations.1.pause",
	    "{\"kind\":\"retrying\",\"for_seconds\":90,"
	    "\"next_try_seconds\":5.0}");
	check(f, "destinations.1.last_error.time", "\"2026-01-02T03:03:05Z\"");
	check(f, "destinations.1.last_error.message",
	    "\"receiver is bad; mend it\"");
	check(f, "destinations.1.last_error.status", "500");
	check(f, "destinations.1.last_error.over", "false");
	check(f, "destinations.1.lost",
	    "{\"dropped\":{\"dropped_series\":3,\"too_old\":17},"
	    "\"given_up\":{\"refused\":4},\"damaged_places\":0,"
	    "\"gap_segments\":2}");
	check(f, "destinations.1.profile.name", "\"azuremonitor\"");
	f->viewing.situations[1].troubled = 0;
	report(f);
	check(f, "destinations.1.last_error.over", "true");
}

static void
hostile_text_stays_text_on_one_line_of_ascii(void **state)
{
	struct fixture *f = *state;
	const char *text = buf_text(&f->out);
	size_t i;

	for (i = 0; text[i] != '\0'; i++)
		assert_true((text[i] >= ' ' && text[i] < 0x7f) ||
		    (text[i] == '\n' && text[i + 1] == '\0'));
	assert_string_equal(
	    json_string_value(at(f, "destinations.1.last_error.said")),
	    "<script>alert(1)</script>\x1b[2J\"'&\n\xe2\x80\xae\xef\xbf\xbd"
	    "\x01");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_agent_says_what_it_is),
		TEST(a_destination_says_how_it_stands),
		TEST(what_is_not_is_null),
		TEST(trouble_is_told_in_full),
		TEST(hostile_text_stays_text_on_one_line_of_ascii),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
