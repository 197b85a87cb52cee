/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/stat.h>

#include "packaging/azure/extension/state.h"
#include "tests/unit/azure/stage.h"

static void
what_is_noted_is_there_until_it_is_cleared(void **state)
{
	const char *root = ((struct stage *)*state)->path;
	struct path path;
	struct stat st;

	assert_false(state_has(root, "x"));
	state_clear(root, "x");
	assert_int_equal(state_set(root, "x", "1\n"), 0);
	assert_int_equal(state_set(root, "x", "2\n"), 0);
	assert_true(state_has(root, "x"));
	assert_int_equal(state_path(root, "x", &path), 0);
	assert_true(files_same(path.text, "2\n", 2));
	/* Nobody else is to read or plant anything there. */
	assert_int_equal(stat(stage_path(*state, STATE_FOLDER), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	state_remove_folder(root);
	assert_true(state_has(root, "x"));
	state_clear(root, "x");
	assert_false(state_has(root, "x"));
	state_remove_folder(root);
	assert_false(stage_has(*state, STATE_FOLDER));
}

static void
where_nothing_can_be_written_that_is_said(void **state)
{
	stage_write(*state, "var", "no directory");
	assert_int_equal(
	    state_set(((struct stage *)*state)->path, "x", ""), -1);
}

#define ON_STAGE(test_) \
	cmocka_unit_test_setup_teardown(test_, stage_open, stage_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_STAGE(what_is_noted_is_there_until_it_is_cleared),
		ON_STAGE(where_nothing_can_be_written_that_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
