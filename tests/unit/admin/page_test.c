/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "agent/admin/page.h"
#include "tests/unit/admin/viewing.h"

/* The page must have all ${parts}, and nothing of ${absent} unless NULL. */
static void
check(const struct viewing *viewing, const char *const parts[],
    const char *absent)
{
	struct buf out;

	buf_init(&out, 4 << 20);
	page_put(&viewing->overview, &out);
	assert_false(out.bad);
	for (; *parts != NULL; parts++)
		if (strstr(buf_text(&out), *parts) == NULL)
			fail_msg("no %s in %s", *parts, buf_text(&out));
	if (absent != NULL && strstr(buf_text(&out), absent) != NULL)
		fail_msg("%s is in %s", absent, buf_text(&out));
	buf_release(&out);
}

static void
the_first_line_names_the_trouble(void **state)
{
	static const char *const trouble[] = { "<header class=\"top trouble\">",
		"Trouble: bad &#60;script&#62;", " gets nothing</h1>",
		"<title>walship: Trouble: bad &#60;", NULL };
	static const char *const well[] = { "<header class=\"top ok\">",
		"<h1 role=\"status\">All is well</h1>", NULL };
	static const char *const two[] = { ">Trouble: 2 of 2 receivers get "
					   "nothing</h1>",
		NULL };
	static const char *const attention[] = {
		">Attention: the receiver is not as it should be</h1>", NULL
	};
	struct viewing viewing;

	(void)state;
	viewing_init(&viewing);
	check(&viewing, trouble, NULL);
	viewing.destinations[0] = viewing.destinations[1];
	check(&viewing, two, NULL);
	viewing_init(&viewing);
	viewing.overview.len = 1;
	check(&viewing, well, "Trouble");
	viewing.situations[0].lost_lately = 5;
	situation_judge(&viewing.situations[0]);
	check(&viewing, attention, NULL);
}

static void
all_that_is_known_is_on_the_page(void **state)
{
	static const char *const parts[] = { "<html lang=\"en\">",
		"walship 1.2.3, running for 2 h; as of "
		"<time>2026-01-02T03:04:05Z</time>",
		"<dt>Log</dt><dd>/data/wal</dd>",
		"<dt>Held</dt><dd>fd, segments: 3, 1.0 MiB pinned</dd>",
		"<dt>Memory of series</dt><dd>4.0 KiB</dd>",
		"<dt>Configuration read</dt><dd>2 h ago</dd>", "<h2>good</h2>",
		"<li>f.yml:1:2: &#60;b&#62; has no effect</li>", "<h2>bad ",
		"<summary>Configuration in force, from /etc/walship.yml",
		"\nremote_write:\n", NULL };
	static const char *const failed[] = { "the last reload failed", NULL };
	struct viewing viewing;

	(void)state;
	viewing_init(&viewing);
	check(&viewing, parts, "reload failed");
	viewing.overview.reloaded = false;
	check(&viewing, failed, NULL);
}

/* It works without its script, and loads nothing from elsewhere. */
static void
it_needs_no_script_and_nobody_else(void **state)
{
	static const char *const parts[] = {
		"<noscript><meta http-equiv=\"refresh\" content=\"15\">"
		"</noscript>",
		"<link rel=\"stylesheet\" href=\"/page.css\">",
		"<script src=\"/page.js\" defer></script>", NULL
	};
	struct viewing viewing;
	struct buf out;

	(void)state;
	viewing_init(&viewing);
	check(&viewing, parts, "style=");
	check(&viewing, parts, " onload=");
	buf_init(&out, 1 << 20);
	page_put_style(&out);
	page_put_script(&out);
	assert_null(strstr(buf_text(&out), "url("));
	assert_null(strstr(buf_text(&out), "://"));
	assert_null(strstr(buf_text(&out), "innerHTML"));
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_line_names_the_trouble),
		cmocka_unit_test(all_that_is_known_is_on_the_page),
		cmocka_unit_test(it_needs_no_script_and_nobody_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
