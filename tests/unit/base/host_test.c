/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/host.h"

/* The number of a host whose machine-id holds ${text}. */
static uint32_t
number_of(const char *text)
{
	char path[] = "/tmp/host_test.XXXXXX";
	int fd = mkstemp(path);
	uint32_t number;

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
	number = host_number(path);
	assert_int_equal(unlink(path), 0);
	return number;
}

static void
a_host_has_one_number_and_others_have_others(void **state)
{
	(void)state;
	assert_int_equal(number_of("0123\n"), number_of("0123\n"));
	assert_int_not_equal(number_of("0123\n"), number_of("0124\n"));
}

static void
a_host_without_a_machine_id_has_one_too(void **state)
{
	(void)state;
	assert_int_equal(host_number("/nonexistent"), number_of(""));
	assert_int_equal(host_number("/"), number_of(""));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_has_one_number_and_others_have_others),
		cmocka_unit_test(a_host_without_a_machine_id_has_one_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
