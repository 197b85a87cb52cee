/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/series/fit.h"
#include "tests/unit/series/series.h"

static struct wal_text
text_of(const char *text)
{
	return (struct wal_text){ text, strlen(text) };
}

/* ${count} times ${character}, to be freed. */
static char *
repeat(const char *character, size_t count)
{
	size_t len = strlen(character), i;
	char *text = malloc(count * len + 1);

	assert_non_null(text);
	for (i = 0; i < count; i++)
		memcpy(text + i * len, character, len + 1);
	return text;
}

/* How one label fits, of such a value or name of so many characters. */
static enum fit
fit_of(const char *name, const char *character, size_t count)
{
	char *text = repeat(character, count);
	struct wal_label label = { text_of(name), text_of(text) };
	enum fit fit;

	if (*name == '\0')
		label = (struct wal_label){ text_of(text), text_of("v") };
	fit = fit_check(&label, 1);
	free(text);
	return fit;
}

static void
lengths_are_of_characters_as_azure_counts_them(void **state)
{
	(void)state;
	assert_int_equal(fit_of("a", "x", FIT_VALUE_MAX), FIT_WELL);
	assert_int_equal(fit_of("a", "x", FIT_VALUE_MAX + 1), FIT_LONG_VALUE);
	assert_int_equal(fit_of("__name__", "x", FIT_NAME_MAX), FIT_WELL);
	assert_int_equal(
	    fit_of("__name__", "x", FIT_NAME_MAX + 1), FIT_LONG_VALUE);
	assert_int_equal(fit_of("", "x", FIT_NAME_MAX), FIT_WELL);
	assert_int_equal(fit_of("", "x", FIT_NAME_MAX + 1), FIT_LONG_NAME);
	/* Two and three bytes are one unit, four are two. */
	assert_int_equal(fit_of("a", "\xc3\xa9", FIT_VALUE_MAX), FIT_WELL);
	assert_int_equal(
	    fit_of("a", "\xc3\xa9", FIT_VALUE_MAX + 1), FIT_LONG_VALUE);
	assert_int_equal(fit_of("a", "\xe2\x82\xac", FIT_VALUE_MAX), FIT_WELL);
	assert_int_equal(
	    fit_of("a", "\xf0\x9f\x98\x80", FIT_VALUE_MAX / 2), FIT_WELL);
	assert_int_equal(fit_of("a", "\xf0\x9f\x98\x80", FIT_VALUE_MAX / 2 + 1),
	    FIT_LONG_VALUE);
}

static void
there_may_be_63_labels_and_no_more(void **state)
{
	struct wal_label labels[FIT_LABELS_MAX + 1];
	char names[FIT_LABELS_MAX + 1][8];
	unsigned int i;

	(void)state;
	for (i = 0; i <= FIT_LABELS_MAX; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "l%02u", i);
		labels[i] =
		    (struct wal_label){ text_of(names[i]), text_of("v") };
	}
	assert_int_equal(fit_check(labels, FIT_LABELS_MAX), FIT_WELL);
	assert_int_equal(fit_check(labels, FIT_LABELS_MAX + 1), FIT_MANY);
	assert_int_equal(fit_cut(labels, FIT_LABELS_MAX + 1), FIT_MANY);
	assert_int_equal(fit_check(labels, 0), FIT_WELL);
}

static enum fit
check(const char *text)
{
	struct series_labels labels = series_labels(text);

	return fit_check(labels.labels, labels.len);
}

static void
names_must_differ_by_more_than_case(void **state)
{
	(void)state;
	assert_int_equal(check("Host=a,host=b"), FIT_ALIKE);
	assert_int_equal(check("A=1,__name__=up,a=2"), FIT_ALIKE);
	assert_int_equal(check("HOST=a,Host=b"), FIT_ALIKE);
	assert_int_equal(check("Host=a,hosts=b"), FIT_WELL);
	assert_int_equal(check("Host=A,other=a"), FIT_WELL);
	assert_int_equal(check("a=B,b=b"), FIT_WELL);
}

static void
what_is_too_long_is_cut_between_characters(void **state)
{
	char *name = repeat("n", FIT_NAME_MAX + 5);
	char *value = repeat("\xf0\x9f\x98\x80", FIT_VALUE_MAX);
	char *metric = repeat("m", FIT_VALUE_MAX);
	struct wal_label labels[] = { { text_of("__name__"), text_of(metric) },
		{ text_of("a"), text_of(value) },
		{ text_of(name), text_of("short") } };

	(void)state;
	assert_int_equal(fit_check(labels, 3), FIT_LONG_NAME);
	assert_int_equal(fit_cut(labels, 3), FIT_WELL);
	assert_int_equal(fit_check(labels, 3), FIT_WELL);
	assert_int_equal(labels[0].value.len, FIT_NAME_MAX);
	assert_int_equal(labels[1].value.len, 4 * (FIT_VALUE_MAX / 2));
	assert_int_equal(labels[2].name.len, FIT_NAME_MAX);
	assert_int_equal(labels[2].value.len, 5);
	free(name);
	free(value);
	free(metric);
}

static void
names_that_are_cut_can_become_one(void **state)
{
	char *text = repeat("n", FIT_NAME_MAX + 2);
	struct wal_label labels[] = {
		{ { text, FIT_NAME_MAX + 1 }, text_of("a") },
		{ { text, FIT_NAME_MAX + 2 }, text_of("b") },
	};

	(void)state;
	assert_int_equal(fit_check(labels, 2), FIT_LONG_NAME);
	assert_int_equal(fit_cut(labels, 2), FIT_ALIKE);
	free(text);
}

static void
each_reason_has_its_words(void **state)
{
	(void)state;
	assert_non_null(strstr(fit_word(FIT_MANY), "63"));
	assert_non_null(strstr(fit_word(FIT_ALIKE), "capital"));
	assert_non_null(strstr(fit_word(FIT_LONG_NAME), "511"));
	assert_non_null(strstr(fit_word(FIT_LONG_VALUE), "1023"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    lengths_are_of_characters_as_azure_counts_them),
		cmocka_unit_test(there_may_be_63_labels_and_no_more),
		cmocka_unit_test(names_must_differ_by_more_than_case),
		cmocka_unit_test(what_is_too_long_is_cut_between_characters),
		cmocka_unit_test(names_that_are_cut_can_become_one),
		cmocka_unit_test(each_reason_has_its_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
