/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/http/asking.h"

static const struct names_answer two = { NAMES_ANSWER, "127.0.0.2", NULL, 60 };
static const struct names_answer silent = { NAMES_SILENT, NULL, NULL, 0 };

static void
names_of_the_hosts_file_need_no_server(void **state)
{
	struct fixture *f = *state;
	struct asked asked = { .f = f };

	names_set(f->names, silent);
	assert_non_null(asking_ask(&asked, "localhost"));
	assert_int_equal(asked.calls, 0);
	asking_await(&asked);
	assert_non_null(strstr(asked.addresses, "127.0.0.1"));
	assert_int_equal(names_asked(f->names), 0);
}

static void
a_change_of_resolv_conf_is_followed(void **state)
{
	struct fixture *f = *state;
	struct names *other = names_start("127.0.0.2", f->source.port, two);

	asking_expect(f, "a.test", "127.0.0.1");
	names_conf(f->conf, "127.0.0.2");
	asking_let_pass(f, CLOCK_SEC);
	asking_expect(f, "b.test", "127.0.0.2");
	names_stop(other);
}

static void
what_the_old_servers_left_open_is_asked_of_the_new(void **state)
{
	struct fixture *f = *state;
	struct names *other = names_start("127.0.0.2", f->source.port, two);
	struct asked asked = { .f = f };

	names_set(f->names, silent);
	assert_non_null(asking_ask(&asked, "a.test"));
	asking_settle(f);
	names_conf(f->conf, "127.0.0.2");
	asking_let_pass(f, CLOCK_SEC);
	asking_expect(f, "b.test", "127.0.0.2");
	asking_await(&asked);
	assert_string_equal(asked.addresses, "127.0.0.2");
	names_stop(other);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, asking_setup, asking_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_of_the_hosts_file_need_no_server),
		TEST(a_change_of_resolv_conf_is_followed),
		TEST(what_the_old_servers_left_open_is_asked_of_the_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
