/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "agent/series/twins.h"

/* Pack ${text}, "name=value," and so on, as a protobuf TimeSeries has it. */
static size_t
pack(const char *text, uint8_t *out)
{
	size_t len = 0, name, value;

	while (*text != '\0') {
		name = strcspn(text, "=");
		value = strcspn(text + name, ",") - 1;
		out[len++] = 0x0a;
		out[len++] = (uint8_t)(name + value + 4);
		out[len++] = 0x0a;
		out[len++] = (uint8_t)name;
		memcpy(out + len, text, name);
		len += name;
		out[len++] = 0x12;
		out[len++] = (uint8_t)value;
		memcpy(out + len, text + name + 1, value);
		len += value;
		text += name + value + 2;
	}
	return len;
}

static bool
add(struct twins *twins, const char *text)
{
	uint8_t packed[256];

	return twins_add(twins, packed, pack(text, packed));
}

static void
drop(struct twins *twins, const char *text)
{
	uint8_t packed[256];

	twins_drop(twins, packed, pack(text, packed));
}

static void
series_that_differ_by_their_case_are_twins(void **state)
{
	struct twins twins = { .seed = 7 };

	(void)state;
	assert_false(add(&twins, "__name__=up,job=api,"));
	assert_true(add(&twins, "__name__=up,job=API,"));
	assert_true(add(&twins, "__name__=Up,job=api,"));
	/* Capital letters come first in the order of names. */
	assert_true(add(&twins, "JOB=api,__name__=up,"));
	twins_release(&twins);
}

static void
others_are_not(void **state)
{
	static const char *const all[] = { "__name__=up,job=api,",
		"__name__=up,job=api2,", "__name__=up,", "__name__=up,api=job,",
		"__name__=up,job=api,x=y,", "__name__=upj,ob=api,",
		"__name__=up,job=[pi,", "__name__=up,job={pi," };
	struct twins twins = { .seed = 7 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(*all); i++)
		assert_false(add(&twins, all[i]));
	twins_release(&twins);
}

static void
one_that_is_gone_has_no_twin(void **state)
{
	struct twins twins = { .seed = 7 };
	size_t bytes;

	(void)state;
	assert_false(add(&twins, "__name__=up,"));
	assert_true(add(&twins, "__name__=UP,"));
	bytes = twins_bytes(&twins);
	assert_true(bytes > 0);
	drop(&twins, "__name__=up,");
	assert_true(add(&twins, "__name__=up,"));
	drop(&twins, "__name__=up,");
	drop(&twins, "__name__=UP,");
	drop(&twins, "__name__=UP,"); /* It is not there. */
	assert_false(add(&twins, "__name__=up,"));
	assert_int_equal(twins_bytes(&twins), bytes);
	twins_release(&twins);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(series_that_differ_by_their_case_are_twins),
		cmocka_unit_test(others_are_not),
		cmocka_unit_test(one_that_is_gone_has_no_twin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
