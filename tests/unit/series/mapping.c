/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>

#include "tests/unit/series/mapping.h"

struct mapping
mapping_begin(void)
{
	struct mapping fixture = { .sets = labelsets_new() };

	fixture.finals = finals_new(NULL, 0);
	fixture.map = refmap_new(fixture.sets, fixture.finals);
	assert_non_null(fixture.map);
	return fixture;
}

void
mapping_end(struct mapping *fixture)
{
	refmap_free(fixture->map);
	assert_int_equal(finals_count(fixture->finals), 0);
	assert_int_equal(labelsets_count(fixture->sets), 0);
	finals_free(fixture->finals);
	labelsets_free(fixture->sets);
}

void
mapping_meet(
    struct mapping *fixture, uint64_t ref, uint64_t segment, uint64_t met)
{
	assert_int_equal(
	    series_learn(fixture->map, ref, segment, "a=1"), FINAL_OK);
	assert_non_null(refmap_meet(fixture->map, ref, met));
}
