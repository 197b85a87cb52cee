/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "agent/series/external.h"

static void
each_label_is_lent_with_its_length(void **state)
{
	char a[] = "a", b[] = "b", host[] = "host", none[] = "";
	struct config_label labels[] = { { .name = a, .value = b },
		{ .name = host, .value = none } };
	const struct config config = {
		.external_labels = labels,
		.external_labels_len = 2,
	};
	struct wal_label *lent = external_lend(&config);

	(void)state;
	assert_non_null(lent);
	assert_ptr_equal(lent[0].name.data, labels[0].name);
	assert_int_equal(lent[0].name.len, 1);
	assert_ptr_equal(lent[0].value.data, labels[0].value);
	assert_int_equal(lent[0].value.len, 1);
	assert_int_equal(lent[1].name.len, 4);
	assert_int_equal(lent[1].value.len, 0);
	free(lent);
}

static void
none_is_no_want_of_memory(void **state)
{
	const struct config config = { 0 };
	struct wal_label *lent = external_lend(&config);

	(void)state;
	assert_non_null(lent);
	free(lent);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_label_is_lent_with_its_length),
		cmocka_unit_test(none_is_no_want_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
