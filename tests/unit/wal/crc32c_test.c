/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/base/draw.h"
#include "wal/crc32c.h"

/* The vectors of RFC 3720, B.4, and the check value of the polynomial. */
static void
known_checksums_are_met(void **state)
{
	static const uint8_t digits[] = "123456789";
	uint8_t data[32];
	size_t i;

	(void)state;
	assert_int_equal(crc32c(digits, 9), 0xe3069283);
	memset(data, 0, sizeof(data));
	assert_int_equal(crc32c(data, 32), 0x8a9136aa);
	memset(data, 0xff, sizeof(data));
	assert_int_equal(crc32c(data, 32), 0x62a8ab43);
	for (i = 0; i < 32; i++)
		data[i] = (uint8_t)i;
	assert_int_equal(crc32c(data, 32), 0x46dd794e);
	for (i = 0; i < 32; i++)
		data[i] = (uint8_t)(31 - i);
	assert_int_equal(crc32c(data, 32), 0x113fdb5c);
}

static void
the_checksum_of_nothing_is_zero(void **state)
{
	static const uint8_t byte;

	(void)state;
	assert_int_equal(crc32c(&byte, 0), 0);
	assert_int_equal(crc32c(NULL, 0), 0);
	assert_int_equal(crc32c_portable(NULL, 0), 0);
}

static void
both_ways_agree_at_every_length_and_alignment(void **state)
{
	struct draw draw = draw_from(1);
	uint8_t data[300];
	size_t from, len;

	(void)state;
	for (len = 0; len < sizeof(data); len++)
		data[len] = (uint8_t)draw_any(&draw);
	for (from = 0; from < 9; from++)
		for (len = 0; len <= sizeof(data) - from; len++)
			assert_int_equal(crc32c(data + from, len),
			    crc32c_portable(data + from, len));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_checksums_are_met),
		cmocka_unit_test(the_checksum_of_nothing_is_zero),
		cmocka_unit_test(both_ways_agree_at_every_length_and_alignment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
