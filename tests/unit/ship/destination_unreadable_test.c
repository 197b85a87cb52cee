/* SPDX-License-Identifier: Apache-2.0 */
/* A destination whose log the disk cannot read, for long or for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/intake/remarks.h"
#include "tests/unit/ship/whole.h"
#include "tests/unit/wal/unreadable.h"

static int
set_up(void **state)
{
	struct whole *f = whole_new();

	whole_start(f);
	(void)whole_live(f, 3);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	unreadable.len = 0;
	whole_free(*state);
	return 0;
}

/* What is written from now on, but for a page in the middle. */
static void
make_bad_page(struct whole *f)
{
	writer_pad(&f->writer);
	unreadable.from = (off_t)f->writer.size;
	unreadable.len = WAL_PAGE_SIZE;
	whole_scrape(f, 1);
	writer_pad(&f->writer);
}

static double
failures(struct whole *f)
{
	return whole_value(f, "walship_wal_read_failures_total{");
}

static void
what_can_be_read_in_the_end_is_read(void **state)
{
	struct whole *f = *state;

	make_bad_page(f);
	whole_scrape(f, 1);
	(void)sim_run(f->sim, REMARKS_PATIENCE - 5 * CLOCK_SEC);
	assert_in_range(failures(f), 50, 60);
	unreadable.len = 0;
	(void)sim_run(f->sim, 30 * CLOCK_SEC);
	whole_expect_all(f);
	assert_true(whole_value(f, "walship_wal_damaged_total{") == 0);
}

static void
what_cannot_is_damage_and_what_follows_is_sent(void **state)
{
	struct whole *f = *state;
	unsigned int i;

	make_bad_page(f);
	whole_scrape(f, 1);
	(void)sim_run(f->sim, REMARKS_PATIENCE - 5 * CLOCK_SEC);
	for (i = 0; i < WHOLE_SERIES; i++) {
		assert_int_equal(f->had[i], f->made[i] - 2);
		f->had[i] = f->first[i] = f->made[i] - 1;
	}
	(void)sim_run(f->sim, 30 * CLOCK_SEC);
	whole_expect_all(f);
	assert_true(whole_value(f, "walship_wal_damaged_total{") == 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(what_can_be_read_in_the_end_is_read),
		TEST(what_cannot_is_damage_and_what_follows_is_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
