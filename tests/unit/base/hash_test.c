/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"

#define BUCKETS 1024u
#define PER_BUCKET 64u

static void
equal_bytes_have_equal_hashes_wherever_they_lie(void **state)
{
	char memory[64];
	size_t shift, len;

	(void)state;
	for (len = 0; len <= 40; len++)
		for (shift = 0; shift < 16; shift++) {
			memset(memory, (int)shift, sizeof(memory));
			memset(memory + shift, 'x', len);
			assert_int_equal(hash_bytes(7, memory + shift, len),
			    hash_bytes(7,
				"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
				len));
		}
}

static void
every_byte_counts(void **state)
{
	uint8_t data[29] = { 0 };
	uint32_t plain = hash_bytes(7, data, sizeof(data));
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(data); i++) {
		data[i] = 1;
		assert_int_not_equal(hash_bytes(7, data, sizeof(data)), plain);
		data[i] = 0;
	}
}

static void
zeros_at_the_end_count(void **state)
{
	const uint8_t zeros[17] = { 0 };
	size_t len;

	(void)state;
	for (len = 1; len <= sizeof(zeros); len++)
		assert_int_not_equal(
		    hash_bytes(7, zeros, len), hash_bytes(7, zeros, len - 1));
}

static void
no_bytes_need_no_memory(void **state)
{
	(void)state;
	assert_int_equal(hash_bytes(7, NULL, 0), hash_bytes(7, "", 0));
}

static void
seeds_are_different_and_make_hashes_differ(void **state)
{
	uint64_t a = hash_seed(), b = hash_seed();

	(void)state;
	assert_true(a != b);
	assert_int_not_equal(
	    hash_bytes(a, "label", 5), hash_bytes(b, "label", 5));
	assert_int_not_equal(hash_number(a, 5), hash_number(b, 5));
}

/* The fullest of the buckets into which the low bits of hashes put things. */
static unsigned int
fullest(uint32_t (*hash)(uint32_t i))
{
	unsigned int *counts = calloc(BUCKETS, sizeof(*counts)), most = 0;
	uint32_t i;

	assert_non_null(counts);
	for (i = 0; i < BUCKETS * PER_BUCKET; i++)
		if (++counts[hash(i) % BUCKETS] > most)
			most = counts[hash(i) % BUCKETS];
	free(counts);
	return most;
}

static uint32_t
of_count(uint32_t i)
{
	return hash_number(7, i);
}

/* What malloc gives differs in few bits, and never in the lowest. */
static uint32_t
of_pointer(uint32_t i)
{
	return hash_number(7, UINT64_C(0x7f12a4000000) + 48 * (uint64_t)i);
}

static uint32_t
of_text(uint32_t i)
{
	char text[] = "node_cpu_seconds_0000000";
	size_t at;

	for (at = sizeof(text) - 2; i > 0; at--, i /= 10)
		text[at] = (char)('0' + i % 10);
	return hash_bytes(7, text, sizeof(text) - 1);
}

static void
neighbours_are_spread_over_the_table(void **state)
{
	(void)state;
	assert_true(fullest(of_count) < 2 * PER_BUCKET);
	assert_true(fullest(of_pointer) < 2 * PER_BUCKET);
	assert_true(fullest(of_text) < 2 * PER_BUCKET);
}

/* Whoever changes these sends series to other receivers than before. */
static void
the_stable_hash_is_the_same_everywhere_and_for_ever(void **state)
{
	(void)state;
	assert_int_equal(hash_stable("", 0), 0x865dc4f5);
	assert_int_equal(hash_stable("a", 1), 0xc29e3d09);
	assert_int_equal(hash_stable("__name__=up,job=node", 20), 0xbc33d027);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_stable_hash_is_the_same_everywhere_and_for_ever),
		cmocka_unit_test(
		    equal_bytes_have_equal_hashes_wherever_they_lie),
		cmocka_unit_test(every_byte_counts),
		cmocka_unit_test(zeros_at_the_end_count),
		cmocka_unit_test(no_bytes_need_no_memory),
		cmocka_unit_test(seeds_are_different_and_make_hashes_differ),
		cmocka_unit_test(neighbours_are_spread_over_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
