/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "agent/series/symbols.h"
#include "tests/unit/base/draw.h"

#define WORDS 3000u
#define STEPS 30000u

static struct wal_text
text_of(const char *text)
{
	return (struct wal_text){ text, strlen(text) };
}

static void
assert_text(const struct symbols *symbols, uint32_t id, const char *text)
{
	struct wal_text held = symbols_text(symbols, id);

	assert_int_equal(held.len, strlen(text));
	assert_memory_equal(held.data, text, held.len);
}

static void
a_string_has_one_number_however_often_it_is_taken(void **state)
{
	struct symbols *symbols = symbols_new();
	char copy[] = "job";
	uint32_t job, instance;

	(void)state;
	job = symbols_take(symbols, text_of("job"));
	instance = symbols_take(symbols, text_of("instance"));
	assert_int_not_equal(job, SYMBOL_NONE);
	assert_int_not_equal(job, instance);
	assert_int_equal(symbols_take(symbols, text_of(copy)), job);
	copy[0] = 'X';
	assert_text(symbols, job, "job");
	assert_text(symbols, instance, "instance");
	assert_int_equal(symbols_count(symbols), 2);
	symbols_free(symbols);
}

static void
it_lives_until_the_last_reference_is_dropped(void **state)
{
	struct symbols *symbols = symbols_new();
	uint32_t id = symbols_take(symbols, text_of("job"));

	(void)state;
	assert_int_equal(symbols_take(symbols, text_of("job")), id);
	symbols_drop(symbols, id);
	assert_int_equal(symbols_count(symbols), 1);
	assert_text(symbols, id, "job");
	symbols_drop(symbols, id);
	assert_int_equal(symbols_count(symbols), 0);
	symbols_free(symbols);
}

static void
a_number_given_back_is_given_to_the_next(void **state)
{
	struct symbols *symbols = symbols_new();
	uint32_t first = symbols_take(symbols, text_of("first")), i, id;
	char word[16];

	(void)state;
	(void)symbols_take(symbols, text_of("second"));
	for (i = 0; i < 5000; i++) {
		symbols_drop(symbols, first);
		(void)snprintf(word, sizeof(word), "word %u", i);
		id = symbols_take(symbols, text_of(word));
		assert_int_equal(id, first);
		assert_text(symbols, id, word);
	}
	symbols_free(symbols);
}

static void
a_string_may_be_empty_or_hold_any_byte(void **state)
{
	struct symbols *symbols = symbols_new();
	const struct wal_text odd[] = {
		{ "", 0 },
		{ "\0", 1 },
		{ "\0\0", 2 },
		{ "a\0b", 3 },
		{ "a\0c", 3 },
		{ "a", 1 },
		{ "\xff\xfe", 2 },
	};
	const size_t len = sizeof(odd) / sizeof(*odd);
	uint32_t ids[sizeof(odd) / sizeof(*odd)];
	struct wal_text held;
	size_t i;

	(void)state;
	for (i = 0; i < len; i++)
		ids[i] = symbols_take(symbols, odd[i]);
	assert_int_equal(symbols_count(symbols), len);
	for (i = 0; i < len; i++) {
		held = symbols_text(symbols, ids[i]);
		assert_int_equal(held.len, odd[i].len);
		assert_memory_equal(held.data, odd[i].data, held.len);
	}
	symbols_free(symbols);
}

/* The references that the model holds to one word. */
struct word {
	char text[16];
	uint32_t id;
	unsigned int refs;
};

static void
step(struct draw *draw, struct symbols *symbols, struct word *word)
{
	uint32_t id;

	if (word->refs > 0 && draw_below(draw, 2) == 0) {
		symbols_drop(symbols, word->id);
		word->refs--;
		return;
	}
	id = symbols_take(symbols, text_of(word->text));
	draw_check(draw, id != SYMBOL_NONE);
	draw_check(draw, word->refs == 0 || word->id == id);
	word->id = id;
	word->refs++;
}

static void
take_and_drop_at_random(uint64_t seed)
{
	static struct word words[WORDS];
	struct symbols *symbols = symbols_new();
	struct draw draw = draw_from(seed);
	size_t i, held = 0;

	for (i = 0; i < WORDS; i++) {
		words[i] = (struct word){ .refs = 0 };
		(void)snprintf(
		    words[i].text, sizeof(words[i].text), "value-%zu", i);
	}
	for (i = 0; i < STEPS; i++)
		step(&draw, symbols, &words[draw_below(&draw, WORDS)]);
	for (i = 0; i < WORDS; i++) {
		if (words[i].refs == 0)
			continue;
		held++;
		assert_text(symbols, words[i].id, words[i].text);
		draw_check(&draw, words[i].id <= WORDS);
	}
	draw_check(&draw, symbols_count(symbols) == held);
	symbols_free(symbols);
}

static void
it_holds_what_is_referred_to_and_no_more(void **state)
{
	uint64_t count = 5, first = draw_first(&count), i;

	(void)state;
	for (i = 0; i < count; i++)
		take_and_drop_at_random(first + i);
}

static void
freeing_nothing_does_nothing(void **state)
{
	(void)state;
	symbols_free(NULL);
	symbols_free(symbols_new());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_string_has_one_number_however_often_it_is_taken),
		cmocka_unit_test(it_lives_until_the_last_reference_is_dropped),
		cmocka_unit_test(a_number_given_back_is_given_to_the_next),
		cmocka_unit_test(a_string_may_be_empty_or_hold_any_byte),
		cmocka_unit_test(it_holds_what_is_referred_to_and_no_more),
		cmocka_unit_test(freeing_nothing_does_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
