/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "agent/admin/card.h"
#include "tests/unit/admin/viewing.h"

/* The card of destination ${i}, to be freed. */
static char *
card(const struct viewing *viewing, size_t i)
{
	struct buf out;
	char *text;

	buf_init(&out, 1 << 20);
	card_put(&viewing->overview, &viewing->destinations[i], &out);
	assert_false(out.bad);
	text = strdup(buf_text(&out));
	buf_release(&out);
	assert_non_null(text);
	return text;
}

/* The ${text} has all ${parts}; free it. */
static void
check(char *text, const char *const parts[])
{
	for (; *parts != NULL; parts++)
		if (strstr(text, *parts) == NULL)
			fail_msg("no %s in %s", *parts, text);
	free(text);
}

static void
one_that_is_well_says_so_and_shows_its_numbers(void **state)
{
	static const char *const parts[] = { "<article class=\"ok\">",
		"<h2>good</h2><span class=\"level ok\">ok</span>",
		"<p class=\"url\">https://good/write?key=***</p>",
		"<p class=\"sentence\">Delivering as it comes.</p>",
		"<dt>Lag</dt><dd>1.5 s</dd>", "<dt>In</dt><dd>200/s</dd>",
		"<dt>Waiting</dt><dd>40</dd>",
		"<dt>Requests</dt><dd>1 of 4</dd>",
		"<dt>Token ends</dt><dd>in 1 h</dd>",
		"<dt>Identity</dt><dd>managed identity 42</dd>",
		"Delivered up to 00000007:2048, Prometheus is at "
		"00000007:8192: "
		"2.0 KiB to go<",
		"<progress max=\"100\" value=\"87.5\" aria-label=", NULL };
	struct viewing viewing;
	char *text;

	(void)state;
	viewing_init(&viewing);
	text = card(&viewing, 0);
	assert_null(strstr(text, "Last error"));
	assert_null(strstr(text, "<table>"));
	assert_null(strstr(text, "clock"));
	check(text, parts);
}

static void
trouble_is_named_with_what_was_lost_and_said(void **state)
{
	static const char *const parts[] = { "<article class=\"trouble\">",
		"Receiver is bad; mend it (status 500); for 90 s, next try in "
		"5.0 s.",
		"; 25\xc2\xa0% of the backlog is done",
		"<h3>Last error, 60 s ago</h3><p>receiver is bad; mend it "
		"(status 500)</p>",
		"<td>dropped here</td><td>too_old</td><td>17</td>",
		"<td>left out, as configured</td><td>dropped_series</td>",
		"<td>given up</td><td>refused</td><td>4</td>",
		"<td>segments</td><td>deleted unread</td><td>2</td>", NULL };
	struct viewing viewing;

	(void)state;
	viewing_init(&viewing);
	check(card(&viewing, 1), parts);
}

static void
what_is_over_or_odd_is_told(void **state)
{
	static const char *const parts[] = { "60 s ago (over)</h3>",
		"<dt>Token ends</dt><dd>there is none</dd>",
		"<h3>The last token could not be had</h3><p>no identity</p>",
		"<dt>Its clock is off</dt><dd>+3.0 s</dd>", NULL };
	struct viewing viewing;
	struct situation *bad = &viewing.situations[1];

	(void)state;
	viewing_init(&viewing);
	bad->troubled = 0;
	bad->tokens = true;
	(void)strcpy(bad->token_error, "no identity");
	bad->offset = 3000;
	check(card(&viewing, 1), parts);
}

/* Every tag in it is one of ours, and controls are seen. */
static void
hostile_text_stays_text(void **state)
{
	static const char *const parts[] = {
		"<h2>bad &#60;script&#62;alert(1)&#60;/script&#62;\\u001b[2J"
		"&#34;&#39;&#38;\n\\u202e\xef\xbf\xbd\\u0001</h2>",
		"aria-label=\"What was said\">&#60;script&#62;", NULL
	};
	struct viewing viewing;
	char *text;

	(void)state;
	viewing_init(&viewing);
	text = card(&viewing, 1);
	assert_null(strstr(text, "<script"));
	assert_null(strchr(text, '\x1b'));
	check(text, parts);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    one_that_is_well_says_so_and_shows_its_numbers),
		cmocka_unit_test(trouble_is_named_with_what_was_lost_and_said),
		cmocka_unit_test(what_is_over_or_odd_is_told),
		cmocka_unit_test(hostile_text_stays_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
