/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "packaging/azure/extension/claim.h"
#include "packaging/azure/extension/state.h"
#include "tests/unit/azure/stage.h"

static const char *
root_of(void **state)
{
	return ((struct stage *)*state)->path;
}

static void
what_was_not_there_is_ours_from_before_it_is_installed(void **state)
{
	const char *root = root_of(state);

	assert_false(claim_holds(root, "1.0"));
	assert_int_equal(claim_intend(root, "", "1.0"), 0);
	assert_true(claim_holds(root, "1.0"));
	assert_int_equal(claim_settle(root, "1.0"), 0);
	assert_true(claim_holds(root, "1.0"));
	/* Of an upgrade that is cut short either may be there. */
	assert_int_equal(claim_intend(root, "1.0", "1.1"), 0);
	assert_true(claim_holds(root, "1.0") && claim_holds(root, "1.1"));
	assert_int_equal(claim_settle(root, "1.1"), 0);
	assert_false(claim_holds(root, "1.0"));
	assert_true(claim_holds(root, "1.1"));
}

static void
the_operators_is_never_ours(void **state)
{
	const char *root = root_of(state);

	assert_int_equal(claim_intend(root, "0.9", "1.0"), 0);
	assert_false(claim_holds(root, "0.9") || claim_holds(root, "1.0"));
	assert_int_equal(claim_settle(root, "1.0"), 0);
	assert_false(claim_holds(root, "1.0"));
	/* Nor is another version that he put in the place of ours. */
	assert_int_equal(claim_intend(root, "", "1.0"), 0);
	assert_int_equal(claim_settle(root, "1.0"), 0);
	assert_false(claim_holds(root, "2.0"));
	assert_int_equal(claim_intend(root, "2.0", "1.0"), 0);
	assert_false(claim_holds(root, "1.0"));
}

static void
what_could_not_be_installed_is_nobodys(void **state)
{
	const char *root = root_of(state);

	assert_int_equal(claim_intend(root, "", "1.0"), 0);
	assert_int_equal(claim_settle(root, ""), 0);
	assert_false(claim_holds(root, "1.0"));
	assert_false(claim_holds(root, ""));
	/* Notes that were damaged claim nothing. */
	assert_int_equal(state_set(root, CLAIM_NAME, "\n\n1.0x\n1."), 0);
	assert_false(claim_holds(root, "1.0") || claim_holds(root, ""));
}

#define ON_STAGE(test_) \
	cmocka_unit_test_setup_teardown(test_, stage_open, stage_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_STAGE(
		    what_was_not_there_is_ours_from_before_it_is_installed),
		ON_STAGE(the_operators_is_never_ours),
		ON_STAGE(what_could_not_be_installed_is_nobodys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
