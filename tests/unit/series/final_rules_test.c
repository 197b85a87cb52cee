/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "tests/unit/config/expect.h"
#include "tests/unit/series/finals.h"

/* The rules of a configuration, with no others beside them. */
static struct config *
relabel(struct finals_bed *fixture, const char *rules)
{
	struct config *config;
	char text[1024];

	(void)snprintf(text, sizeof(text),
	    DATA "remote_write:\n"
		 "- url: http://h/w\n"
		 "  write_relabel_configs: %s\n",
	    rules);
	config = expect_config(text);
	assert_int_equal(
	    finals_relabel(fixture->finals, config->remotes[0].rules,
		config->remotes[0].rules_len),
	    0);
	return config;
}

static void
rules_see_the_external_labels_and_say_what_is_sent(void **state)
{
	struct series_labels go = series_labels("__name__=go_x");
	uint32_t final = FINAL_NONE;
	struct finals_bed fixture;
	struct config *config;

	(void)state;
	finals_begin(&fixture, "host=h1");
	config = relabel(&fixture,
	    "[{source_labels: [__name__], regex: 'go_.*', action: drop},"
	    " {source_labels: [host], target_label: a},"
	    " {source_labels: [host], target_label: n},"
	    " {regex: 'k|host', action: labeldrop}]");
	finals_expect_packed(series_take(fixture.finals, "__name__=up,k=v"),
	    "__name__=up,a=h1,n=h1,");
	finals_expect_packed(series_take(fixture.finals, "__name__=up,host=h2"),
	    "__name__=up,a=h2,n=h2,");
	assert_int_equal(finals_take(fixture.finals, go.labels, go.len, &final),
	    FINAL_DROPPED);
	assert_int_equal(
	    final_fate(finals_at(fixture.finals, final)), FINAL_DROPPED);
	assert_int_equal(finals_count(fixture.finals), 2);
	finals_end(&fixture);
	config_free(config);
}

static void
series_that_rules_make_equal_are_one(void **state)
{
	struct finals_bed fixture;
	struct config *config;
	struct final *a;

	(void)state;
	finals_begin(&fixture, "");
	config = relabel(&fixture, "[{regex: 'i.*', action: labeldrop}]");
	a = series_take(fixture.finals, "__name__=up,instance=a");
	assert_ptr_equal(
	    series_take(fixture.finals, "__name__=up,instance=b"), a);
	assert_int_equal(finals_count(fixture.finals), 1);
	finals_end(&fixture);
	config_free(config);
}

static void
rules_that_leave_no_label_or_too_many_refuse_the_series(void **state)
{
	struct series_labels some = series_labels("a=1,b=2");
	uint32_t final = FINAL_NONE;
	struct finals_bed fixture;
	struct config *config;

	(void)state;
	finals_begin(&fixture, "");
	config = relabel(&fixture, "[{action: labeldrop}]");
	assert_int_equal(
	    finals_take(fixture.finals, some.labels, some.len, &final),
	    FINAL_REFUSED);
	config_free(config);
	config = relabel(&fixture,
	    "[{regex: '(.*)', replacement: 'x${1}', action: labelmap}]");
	assert_int_equal(
	    finals_take_large(&fixture, LABELSET_LABELS_MAX / 2, 5), FINAL_OK);
	assert_int_equal(
	    finals_take_large(&fixture, LABELSET_LABELS_MAX / 2 + 1, 5),
	    FINAL_REFUSED);
	finals_end(&fixture);
	config_free(config);
}

/* Each series has one member that sends it, and all have some. */
static void
members_share_the_series_out(void **state)
{
	struct finals_bed fixture[3];
	unsigned int sent[3] = { 0 }, i, member, senders;
	struct series_labels labels;
	uint32_t number;
	char text[32];

	(void)state;
	for (member = 0; member < 3; member++) {
		finals_begin(&fixture[member], "host=h1");
		finals_share(fixture[member].finals, member, 3);
	}
	for (i = 0; i < 300; i++) {
		(void)snprintf(text, sizeof(text), "__name__=up,n=%u", i);
		labels = series_labels(text);
		for (senders = member = 0; member < 3; member++)
			if (finals_take(fixture[member].finals, labels.labels,
				labels.len, &number) == FINAL_OK) {
				sent[member]++;
				senders++;
			} else {
				assert_int_equal(
				    final_fate(finals_at(
					fixture[member].finals, number)),
				    FINAL_ELSEWHERE);
			}
		assert_int_equal(senders, 1);
	}
	for (member = 0; member < 3; member++) {
		assert_true(sent[member] > 60);
		/* What nobody sends is counted by one alone. */
		assert_int_equal(
		    finals_take(fixture[member].finals, NULL, 0, &number),
		    member == 0 ? FINAL_REFUSED : FINAL_ELSEWHERE);
		finals_end(&fixture[member]);
	}
}

static void
what_does_not_fit_is_sent_dropped_or_cut(void **state)
{
	static const enum config_label_limits limits[] = { CONFIG_LABELS_SEND,
		CONFIG_LABELS_DROP, CONFIG_LABELS_TRUNCATE };
	static const enum final_result fates[] = { FINAL_OK, FINAL_UNFIT,
		FINAL_OK };
	static const enum fit fits[] = { FIT_WELL, FIT_LONG_VALUE,
		FIT_LONG_VALUE };
	struct finals_bed fixture;
	char text[FIT_VALUE_MAX + 8];
	struct series_labels labels;
	uint32_t number, lens[3];
	size_t i;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "a=", 2);
	text[sizeof(text) - 1] = '\0';
	for (i = 0; i < 3; i++) {
		finals_begin(&fixture, "");
		finals_limit_labels(fixture.finals, limits[i]);
		labels = series_labels(text);
		assert_int_equal(finals_take(fixture.finals, labels.labels,
				     labels.len, &number),
		    fates[i]);
		assert_int_equal(finals_fit(fixture.finals), fits[i]);
		assert_int_equal(finals_fit(fixture.finals), FIT_WELL);
		lens[i] = finals_at(fixture.finals, number)->packed_len;
		/* Too many, or alike, cannot be cut. */
		labels = series_labels("A=x,a=y");
		assert_int_equal(finals_take(fixture.finals, labels.labels,
				     labels.len, &number),
		    i == 0 ? FINAL_OK : FINAL_UNFIT);
		finals_end(&fixture);
	}
	assert_int_equal(lens[0] - lens[2], sizeof(text) - 3 - FIT_VALUE_MAX);
}

/* Whether a series of ${labels} became equal to one of others. */
static bool
merges(struct finals_bed *fixture, const char *labels)
{
	struct series_labels given = series_labels(labels);
	uint32_t number;

	assert_int_equal(
	    finals_take(fixture->finals, given.labels, given.len, &number),
	    FINAL_OK);
	return finals_merged(fixture->finals);
}

static void
series_made_equal_are_told_once(void **state)
{
	struct finals_bed fixture;

	(void)state;
	finals_begin(&fixture, "b=1");
	assert_false(merges(&fixture, "a=1,b=1"));
	/* Another ref of the same series is nothing to be told. */
	assert_false(merges(&fixture, "a=1,b=1"));
	assert_true(merges(&fixture, "a=1"));
	assert_false(finals_merged(fixture.finals));
	assert_false(merges(&fixture, "a=1,b=2"));
	assert_true(merges(&fixture, "a=1"));
	finals_end(&fixture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    rules_see_the_external_labels_and_say_what_is_sent),
		cmocka_unit_test(series_that_rules_make_equal_are_one),
		cmocka_unit_test(
		    rules_that_leave_no_label_or_too_many_refuse_the_series),
		cmocka_unit_test(what_does_not_fit_is_sent_dropped_or_cut),
		cmocka_unit_test(members_share_the_series_out),
		cmocka_unit_test(series_made_equal_are_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
