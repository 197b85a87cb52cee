/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/bypass.h"

static const struct {
	const char *list, *host;
	uint16_t port;
	bool held;
} cases[] = {
	{ "", "h", 80, false },
	{ "", "localhost", 80, true },
	{ "", "127.1.2.3", 80, true },
	{ "", "::1", 80, true },
	{ "", "128.0.0.1", 80, false },
	{ "", "::2", 80, false },
	{ "*", "h", 80, true },
	{ "a, *", "h", 80, true },
	{ "h", "h", 80, true },
	{ " H ,", "h", 80, true },
	{ "h", "a.h", 80, true },
	{ "h", "ah", 80, false },
	{ "h", "h.a", 80, false },
	{ ".h", "h", 80, false },
	{ ".h", "a.h", 80, true },
	{ "*.h", "h", 80, false },
	{ "*.h", "a.b.h", 80, true },
	{ "*.h", "ah", 80, false },
	{ "h:80", "h", 80, true },
	{ "h:80", "h", 81, false },
	{ ".h:81", "a.h", 81, true },
	{ "h:", "h", 80, false },
	{ "h:x", "h", 80, false },
	{ "h:70000", "h", 80, false },
	{ ":80", "h", 80, false },
	{ ",,", "h", 80, false },
	{ "192.0.2.1", "192.0.2.1", 80, true },
	{ "192.0.2.1", "192.0.2.2", 80, false },
	{ "192.0.2.1:80", "192.0.2.1", 80, true },
	{ "192.0.2.1:80", "192.0.2.1", 81, false },
	{ "2001:db8::1", "2001:db8::1", 80, true },
	{ "2001:db8::1", "2001:db8:0::1", 80, true },
	{ "[2001:db8::1]:80", "2001:db8::1", 80, true },
	{ "[2001:db8::1]:80", "2001:db8::1", 81, false },
	{ "192.0.2.0/24", "192.0.2.200", 80, true },
	{ "192.0.2.0/24", "192.0.3.1", 80, false },
	{ "192.0.2.128/25", "192.0.2.127", 80, false },
	{ "10.0.0.0/7", "11.0.0.1", 80, true },
	{ "0.0.0.0/0", "192.0.2.1", 80, true },
	{ "0.0.0.0/0", "2001:db8::1", 80, false },
	{ "0.0.0.0/0", "h", 80, false },
	{ "192.0.2.0/33", "192.0.2.0", 80, false },
	{ "192.0.2.0/", "192.0.2.0", 80, false },
	{ "192.0.2.0/+4", "192.0.2.0", 80, false },
	{ "2001:db8::/32", "2001:db8:1::1", 80, true },
	{ "2001:db8::/32", "2001:db9::1", 80, false },
	{ "::ffff:192.0.2.1", "192.0.2.1", 80, true },
	{ "[", "h", 80, false },
	{ "]:80", "h", 80, false },
	{ "[]:80", "h", 80, false },
};

static void
each_entry_means_what_it_does_to_prometheus(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (bypass_holds(cases[i].list, cases[i].host, cases[i].port) !=
		    cases[i].held)
			fail_msg("'%s' and %s:%u", cases[i].list, cases[i].host,
			    cases[i].port);
}

static void
an_entry_of_any_length_does_no_harm(void **state)
{
	char *list = malloc(70000);

	(void)state;
	assert_non_null(list);
	memset(list, 'a', 69999);
	strcpy(list + 69997, ",h");
	assert_true(bypass_holds(list, "h", 80));
	assert_false(bypass_holds(list, "a", 80));
	free(list);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_entry_means_what_it_does_to_prometheus),
		cmocka_unit_test(an_entry_of_any_length_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
