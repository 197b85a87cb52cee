/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/admin/meant.h"

static void
hosts_are_meant_by_address_or_as_localhost(void **state)
{
	static const char *const local[] = { "localhost", "LocalHost:1",
		"127.0.0.1", "127.0.0.1:9795", "10.1.2.3", "[::1]:9795",
		"[fe80::1]" };
	static const char *const other[] = { "", ":80", "localhost.evil",
		"evil", "127.0.0.1.evil", "::1", "[::1", "[localhost]",
		"[127.0.0.1]", "1.2.3", "0x7f.1", "localhost@evil",
		"1111111111111111111111111111111111111111111111111111" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(local) / sizeof(local[0]); i++)
		assert_true(meant_host(local[i]));
	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (meant_host(other[i]))
			fail_msg("taken for meant: %s", other[i]);
}

static void
changes_are_for_no_browser_or_for_our_own_page(void **state)
{
	(void)state;
	assert_true(meant_change("vm1:9795", NULL, false));
	assert_true(meant_change(NULL, NULL, false));
	assert_true(meant_change("localhost:1", "http://localhost:1", false));
	assert_true(meant_change("[::1]:1", "HTTPS://[::1]:1", false));
	assert_false(meant_change("localhost:1", "http://localhost:2", false));
	assert_false(meant_change("localhost:1", "http://evil", false));
	assert_false(meant_change("localhost:1", "null", false));
	assert_false(meant_change("localhost:1", "localhost:1", false));
	assert_false(meant_change("evil:1", "http://evil:1", false));
	assert_false(meant_change(NULL, "http://evil", false));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_are_meant_by_address_or_as_localhost),
		cmocka_unit_test(
		    changes_are_for_no_browser_or_for_our_own_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
