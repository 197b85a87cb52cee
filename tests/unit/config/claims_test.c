/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "agent/config/claims.h"

static void
yaml_becomes_json(void **state)
{
	static const char text[] =
	    "a: 1\nb: -2.5e3\nc: '3'\nd: true\ne: word \"two\"\n"
	    "f: [1, x, ~]\ng: {h: [], i: {}}\nj:\nk: 007\nl: 1.\nm: -x\n"
	    "n: 0x1F\no: False\np: 1e\n";
	struct fault_list faults = { 0 };
	struct tree_node *root = tree_parse(text, strlen(text), &faults);
	struct buf out;

	(void)state;
	assert_non_null(root);
	buf_init(&out, 1000);
	claims_put(&out, root);
	assert_string_equal(buf_text(&out),
	    "\"a\":1,\"b\":-2.5e3,\"c\":\"3\",\"d\":true,"
	    "\"e\":\"word \\\"two\\\"\",\"f\":[1,\"x\",null],"
	    "\"g\":{\"h\":[],\"i\":{}},\"j\":null,\"k\":\"007\","
	    "\"l\":\"1.\",\"m\":\"-x\",\"n\":\"0x1F\",\"o\":\"False\","
	    "\"p\":\"1e\"");
	buf_release(&out);
	tree_free(root);
	fault_release(&faults);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(yaml_becomes_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
