/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "agent/send/redirect.h"

static const struct {
	const char *url, *location;
	const char *open;   /* Where it goes without credentials, */
	const char *closed; /* and where with them; NULL: nowhere. */
} cases[] = {
	{ "http://h/w", "http://h/x", "http://h/x", "http://h/x" },
	{ "http://h/w", "/x?a=b", "http://h/x?a=b", "http://h/x?a=b" },
	{ "http://h:1/w?q=1", "?q=2", "http://h:1/w?q=2", "http://h:1/w?q=2" },
	{ "http://h/a/b?c/d", "x", "http://h/a/x", "http://h/a/x" },
	{ "http://h", "/x", "http://h/x", "http://h/x" },
	{ "http://h", "x", NULL, NULL },
	{ "http://h/w", "http://H:80/x", "http://H:80/x", "http://H:80/x" },
	{ "https://h:443/w", "https://h/x", "https://h/x", "https://h/x" },
	{ "https://h:80/w", "https://h/x", "https://h/x", NULL },
	{ "http://h/w", "http://h:81/x", "http://h:81/x", NULL },
	{ "http://h/w", "http://other/x", "http://other/x", NULL },
	{ "http://h/w", "//other/x", "http://other/x", NULL },
	{ "http://h/w", "//h/x", "http://h/x", "http://h/x" },
	{ "http://h/w", "http://h.evil/x", "http://h.evil/x", NULL },
	{ "http://h/w", "https://h/x", "https://h/x", NULL },
	{ "https://h/w", "http://h/x", NULL, NULL },
	{ "https://h/w", "HTTP://h/x", NULL, NULL },
	{ "https://h/w", "HTTPS://h/x", "HTTPS://h/x", "HTTPS://h/x" },
	{ "http://u:p@h/w", "http://h/x", "http://h/x", "http://h/x" },
	{ "http://h/w", "http://h@other/x", "http://h@other/x", NULL },
	{ "http://h/w", "http://other/@h", "http://other/@h", NULL },
	{ "http://[::1]/w", "http://[::1]:80/x", "http://[::1]:80/x",
	    "http://[::1]:80/x" },
	{ "http://h/w", NULL, NULL, NULL },
	{ "http://h/w", "", NULL, NULL },
	{ "http://h/w", "ftp://h/x", NULL, NULL },
	{ "http://h/w", "file:///etc/passwd", NULL, NULL },
	{ "http://h/w", "javascript:x", NULL, NULL },
	{ "http://h/w", "http://", NULL, NULL },
	{ "http://h/w", "http://h:99999/x", NULL, NULL },
	{ "http://h/w", "/x\r\nEvil: 1", NULL, NULL },
	{ "http://h/w", "/a b", NULL, NULL },
	{ "http://h/w", "/\xff", NULL, NULL },
	{ "http://h/w", "/x#fragment", NULL, NULL },
};

static void
expect(
    const char *url, const char *location, bool credentials, const char *want)
{
	char *target = redirect_target(url, location, credentials);

	if (want == NULL && target != NULL)
		fail_msg("%s from %s leads to %s", location, url, target);
	if (want != NULL && target == NULL)
		fail_msg("%s from %s leads nowhere", location, url);
	if (want != NULL)
		assert_string_equal(target, want);
	free(target);
}

static void
it_leads_where_it_may_and_nowhere_else(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		expect(cases[i].url, cases[i].location, false, cases[i].open);
		expect(cases[i].url, cases[i].location, true, cases[i].closed);
	}
}

static void
a_target_of_any_length_is_bounded(void **state)
{
	static char location[10000];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(location) - 1; i++)
		location[i] = i == 0 ? '/' : 'a';
	expect("http://h/w", location, false, NULL);
}

/* Where an answer to a request of ${remote} leads. */
static void
expect_of(const struct config_remote *remote, const char *target,
    unsigned int followed, const char *want)
{
	char *got = redirect_of(remote, target, followed, "http://other/x");

	if (want == NULL)
		assert_null(got);
	else
		assert_string_equal(got, want);
	free(got);
}

static void
a_destination_goes_where_its_entry_lets_it(void **state)
{
	static char plain[] = "http://h/w", secret[] = "http://u:p@h/w";
	struct config_remote remote = { .url = plain,
		.follow_redirects = true };

	(void)state;
	expect_of(&remote, NULL, 0, "http://other/x");
	expect_of(&remote, "http://h/y", REDIRECTS_MAX - 1, "http://other/x");
	expect_of(&remote, "https://h/y", 1, NULL);
	expect_of(&remote, NULL, REDIRECTS_MAX, NULL);
	remote.url = secret;
	expect_of(&remote, NULL, 0, NULL);
	expect_of(&remote, "http://other/y", 1, "http://other/x");
	remote.url = plain;
	remote.follow_redirects = false;
	expect_of(&remote, NULL, 0, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_leads_where_it_may_and_nowhere_else),
		cmocka_unit_test(a_target_of_any_length_is_bounded),
		cmocka_unit_test(a_destination_goes_where_its_entry_lets_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
