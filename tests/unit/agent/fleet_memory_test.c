/* SPDX-License-Identifier: Apache-2.0 */
/* A fleet that memory runs out for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/agent/harbour.h"
#include "tests/unit/base/starve.h"

static int
set_up(void **state)
{
	*state = harbour_new();
	return 0;
}

static int
tear_down(void **state)
{
	harbour_free(*state);
	return 0;
}

/* Whichever allocation fails, a later life has all. */
static void
want_of_memory_loses_nothing(void **state)
{
	struct harbour *f = *state;
	struct fleet_changes changes;
	struct config *before, *after;
	bool refused = true;
	int i;

	before = harbour_config(f,
	    "remote_write:\n"
	    "- {name: a, url: 'http://r0/w', " HARBOUR_QUICK "}\n"
	    "- {name: b, url: 'http://r1/w', " HARBOUR_QUICK "}\n"
	    "- {name: c, url: 'http://r2/w', " HARBOUR_QUICK "}\n");
	after = harbour_config(f,
	    "remote_write:\n"
	    "- {name: a, url: 'http://r0/w', " HARBOUR_QUICK "}\n"
	    "- {name: d, url: 'http://r1/w', " HARBOUR_QUICK
	    ", send_exemplars: true}\n"
	    "- {name: e, url: 'http://r2/w', " HARBOUR_QUICK "}\n"
	    "- {name: f, url: 'http://r3/w', " HARBOUR_QUICK "}\n");
	for (i = 0; refused; i++) {
		assert_int_equal(fleet_apply(f->fleet, before, &changes), 0);
		harbour_live(f, 1);
		allocations = i;
		/* That of a grave is done without. */
		(void)fleet_apply(f->fleet, after, &changes);
		refused = allocations == -1;
		allocations = -1;
		harbour_close(f);
		harbour_open(f);
	}
	assert_true(i > 20);
	assert_int_equal(fleet_apply(f->fleet, after, &changes), 0);
	harbour_live(f, 3);
	harbour_settle(f);
	harbour_expect_all(f, 0);
	harbour_expect_all(f, 1);
	harbour_expect_all(f, 2);
	harbour_expect_all(f, 3);
	config_free(before);
	config_free(after);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    want_of_memory_loses_nothing, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
