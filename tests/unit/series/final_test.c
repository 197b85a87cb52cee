/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/series/remote.pb-c.h"
#include "tests/unit/config/expect.h"
#include "tests/unit/series/series.h"

/* The final series of a destination, and what they stand on. */
struct fixture {
	struct series_labels external;
	struct finals *finals;
};

static void
begin(struct fixture *fixture, const char *external)
{
	fixture->external = series_labels(external);
	fixture->finals =
	    finals_new(fixture->external.labels, fixture->external.len);
	assert_non_null(fixture->finals);
}

static void
end(struct fixture *fixture)
{
	finals_free(fixture->finals);
}

/* Compare what ${final} packed with ${want}: name=value, each with a comma. */
static void
assert_packed(const struct final *final, const char *want)
{
	Remote__TimeSeries *series;
	char text[256] = "";
	size_t i, at = 0;
	uint8_t *packed;

	series =
	    remote__time_series__unpack(NULL, final->packed_len, final->packed);
	assert_non_null(series);
	assert_int_equal(series->n_samples, 0);
	for (i = 0; i < series->n_labels; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
		    "%.*s=%.*s,", (int)series->labels[i]->name.len,
		    (char *)series->labels[i]->name.data,
		    (int)series->labels[i]->value.len,
		    (char *)series->labels[i]->value.data);
	assert_string_equal(text, want);

	/* And whole is as protobuf-c would pack it anew. */
	packed = malloc(final->packed_len);
	assert_non_null(packed);
	assert_int_equal(
	    remote__time_series__get_packed_size(series), final->packed_len);
	(void)remote__time_series__pack(series, packed);
	assert_memory_equal(packed, final->packed, final->packed_len);
	free(packed);
	remote__time_series__free_unpacked(series, NULL);
}

static void
external_labels_are_added_in_their_place(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, "host=h1,zone=z1");
	assert_packed(series_take(fixture.finals, "__name__=up,job=a,k=v"),
	    "__name__=up,host=h1,job=a,k=v,zone=z1,");
	end(&fixture);
}

static void
external_labels_alone_are_no_series(void **state)
{
	struct series_labels none = series_labels("a=");
	uint32_t final = FINAL_NONE;
	struct fixture fixture;

	(void)state;
	begin(&fixture, "host=h1");
	assert_int_equal(
	    finals_take(fixture.finals, none.labels, none.len, &final),
	    FINAL_REFUSED);
	end(&fixture);
}

static void
external_labels_are_added_only_where_lacking(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, "host=h1,zone=z1");
	assert_packed(series_take(fixture.finals, "__name__=up,host=mine"),
	    "__name__=up,host=mine,zone=z1,");
	end(&fixture);
}

static void
a_label_without_a_value_is_lacking(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, "host=h1");
	assert_packed(series_take(fixture.finals, "__name__=up,host=,a="),
	    "__name__=up,host=h1,");
	end(&fixture);
}

static void
a_twin_is_said_once_as_long_as_there_is_one(void **state)
{
	struct fixture fixture;
	struct final *final;

	(void)state;
	begin(&fixture, "host=h1");
	finals_limit_labels(fixture.finals, CONFIG_LABELS_DROP);
	final = series_take(fixture.finals, "__name__=up");
	assert_false(finals_twin(fixture.finals));
	(void)series_take(fixture.finals, "__name__=Up");
	assert_true(finals_twin(fixture.finals));
	assert_false(finals_twin(fixture.finals));
	(void)series_take(fixture.finals, "__name__=Up");
	assert_false(finals_twin(fixture.finals));
	finals_release(fixture.finals, final);

	final = series_take(fixture.finals, "__name__=down");
	finals_release(fixture.finals, final);
	(void)series_take(fixture.finals, "__name__=Down");
	assert_false(finals_twin(fixture.finals));
	end(&fixture);
}

static void
two_series_made_equal_are_one(void **state)
{
	struct fixture fixture;
	struct final *a, *b;

	(void)state;
	begin(&fixture, "host=h1");
	a = series_take(fixture.finals, "__name__=up");
	b = series_take(fixture.finals, "__name__=up,host=h1");
	assert_ptr_equal(a, b);
	assert_ptr_not_equal(series_take(fixture.finals, "__name__=down"), a);
	assert_int_equal(finals_count(fixture.finals), 2);
	end(&fixture);
}

static void
it_lives_until_the_last_reference_is_dropped(void **state)
{
	struct fixture fixture;
	uint32_t a;

	(void)state;
	begin(&fixture, "");
	a = series_number(fixture.finals, "a=1");
	assert_int_equal(series_number(fixture.finals, "a=1"), a);
	(void)series_number(fixture.finals, "b=1");
	assert_int_equal(finals_packed(fixture.finals), 2 * 8);
	finals_drop(fixture.finals, a);
	assert_int_equal(finals_count(fixture.finals), 2);
	assert_packed(finals_at(fixture.finals, a), "a=1,");
	finals_drop(fixture.finals, a);
	assert_int_equal(finals_count(fixture.finals), 1);
	assert_int_equal(finals_packed(fixture.finals), 8);
	end(&fixture);
}

/* Take a series of ${len} labels whose values have ${value_len} bytes. */
static enum final_result
take_large(struct fixture *fixture, size_t len, size_t value_len)
{
	struct wal_label *labels = calloc(len, sizeof(*labels));
	char(*names)[24] = calloc(len, sizeof(*names));
	char *value = malloc(value_len);
	uint32_t final = FINAL_NONE;
	enum final_result result;
	size_t i;

	assert_true(labels != NULL && names != NULL && value != NULL);
	memset(value, 'x', value_len);
	for (i = 0; i < len; i++) {
		(void)snprintf(names[i], sizeof(*names), "n%06zu", i);
		labels[i].name = (struct wal_text){ names[i], 7 };
		labels[i].value = (struct wal_text){ value, value_len };
	}
	result = finals_take(fixture->finals, labels, len, &final);
	free(labels);
	free(names);
	free(value);
	return result;
}

static void
a_series_without_labels_is_refused(void **state)
{
	struct series_labels none = series_labels("a=,b=");
	uint32_t final = FINAL_NONE, other = FINAL_NONE;
	struct fixture fixture;

	(void)state;
	begin(&fixture, "");
	assert_int_equal(
	    finals_take(fixture.finals, NULL, 0, &final), FINAL_REFUSED);
	assert_int_equal(
	    finals_take(fixture.finals, none.labels, none.len, &other),
	    FINAL_REFUSED);
	/* One stands for both, and can be dropped as any other. */
	assert_int_equal(final, other);
	assert_int_equal(
	    final_fate(finals_at(fixture.finals, final)), FINAL_REFUSED);
	assert_int_equal(finals_count(fixture.finals), 0);
	finals_drop(fixture.finals, final);
	finals_drop(fixture.finals, other);
	assert_int_equal(
	    finals_take(fixture.finals, NULL, 0, &final), FINAL_REFUSED);
	assert_int_equal(final, other);
	end(&fixture);
}

/* The rules of a configuration, with no others beside them. */
static struct config *
relabel(struct fixture *fixture, const char *rules)
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
	struct fixture fixture;
	struct config *config;

	(void)state;
	begin(&fixture, "host=h1");
	config = relabel(&fixture,
	    "[{source_labels: [__name__], regex: 'go_.*', action: drop},"
	    " {source_labels: [host], target_label: a},"
	    " {source_labels: [host], target_label: n},"
	    " {regex: 'k|host', action: labeldrop}]");
	assert_packed(series_take(fixture.finals, "__name__=up,k=v"),
	    "__name__=up,a=h1,n=h1,");
	assert_packed(series_take(fixture.finals, "__name__=up,host=h2"),
	    "__name__=up,a=h2,n=h2,");
	assert_int_equal(finals_take(fixture.finals, go.labels, go.len, &final),
	    FINAL_DROPPED);
	assert_int_equal(
	    final_fate(finals_at(fixture.finals, final)), FINAL_DROPPED);
	assert_int_equal(finals_count(fixture.finals), 2);
	end(&fixture);
	config_free(config);
}

static void
series_that_rules_make_equal_are_one(void **state)
{
	struct fixture fixture;
	struct config *config;
	struct final *a;

	(void)state;
	begin(&fixture, "");
	config = relabel(&fixture, "[{regex: 'i.*', action: labeldrop}]");
	a = series_take(fixture.finals, "__name__=up,instance=a");
	assert_ptr_equal(
	    series_take(fixture.finals, "__name__=up,instance=b"), a);
	assert_int_equal(finals_count(fixture.finals), 1);
	end(&fixture);
	config_free(config);
}

static void
rules_that_leave_no_label_or_too_many_refuse_the_series(void **state)
{
	struct series_labels some = series_labels("a=1,b=2");
	uint32_t final = FINAL_NONE;
	struct fixture fixture;
	struct config *config;

	(void)state;
	begin(&fixture, "");
	config = relabel(&fixture, "[{action: labeldrop}]");
	assert_int_equal(
	    finals_take(fixture.finals, some.labels, some.len, &final),
	    FINAL_REFUSED);
	config_free(config);
	config = relabel(&fixture,
	    "[{regex: '(.*)', replacement: 'x${1}', action: labelmap}]");
	assert_int_equal(
	    take_large(&fixture, LABELSET_LABELS_MAX / 2, 5), FINAL_OK);
	assert_int_equal(take_large(&fixture, LABELSET_LABELS_MAX / 2 + 1, 5),
	    FINAL_REFUSED);
	end(&fixture);
	config_free(config);
}

/* Each series has one member that sends it, and all have some. */
static void
members_share_the_series_out(void **state)
{
	struct fixture fixture[3];
	unsigned int sent[3] = { 0 }, i, member, senders;
	struct series_labels labels;
	uint32_t number;
	char text[32];

	(void)state;
	for (member = 0; member < 3; member++) {
		begin(&fixture[member], "host=h1");
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
		end(&fixture[member]);
	}
}

static void
labels_may_be_many_but_not_too_many(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, "host=h1");
	assert_int_equal(
	    take_large(&fixture, LABELSET_LABELS_MAX - 1, 5), FINAL_OK);
	assert_int_equal(
	    take_large(&fixture, LABELSET_LABELS_MAX, 5), FINAL_REFUSED);
	end(&fixture);
}

static void
labels_may_be_long_but_not_too_long(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, "");
	/* A name of 7 bytes, and the heads of both and of the label. */
	assert_int_equal(
	    take_large(&fixture, 1, FINAL_PACKED_MAX - 19), FINAL_OK);
	assert_int_equal(
	    take_large(&fixture, 1, FINAL_PACKED_MAX - 18), FINAL_REFUSED);
	assert_int_equal(finals_count(fixture.finals), 1);
	end(&fixture);
}

/* Its samples may be in any batch until then, so it must wait for all. */
static void
a_new_series_may_be_in_the_batches_of_those_dropped(void **state)
{
	struct fixture fixture;
	uint32_t a, b;

	(void)state;
	begin(&fixture, "");
	a = series_number(fixture.finals, "a=1");
	b = series_number(fixture.finals, "b=1");
	assert_int_equal(finals_at(fixture.finals, a)->batch, 0);
	finals_at(fixture.finals, a)->batch = 700;
	finals_at(fixture.finals, b)->batch = 500;
	finals_drop(fixture.finals, a);
	finals_drop(fixture.finals, b);
	a = series_number(fixture.finals, "a=1");
	assert_true(
	    finals_at(fixture.finals, a)->batch == (700 | FINAL_OR_BEFORE));
	finals_drop(fixture.finals, a);
	b = series_number(fixture.finals, "b=1");
	assert_true(
	    finals_at(fixture.finals, b)->batch == (700 | FINAL_OR_BEFORE));
	finals_at(fixture.finals, b)->batch = 900;
	finals_drop(fixture.finals, b);
	b = series_number(fixture.finals, "b=1");
	assert_true(
	    finals_at(fixture.finals, b)->batch == (900 | FINAL_OR_BEFORE));
	end(&fixture);
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
	struct fixture fixture;
	char text[FIT_VALUE_MAX + 8];
	struct series_labels labels;
	uint32_t number, lens[3];
	size_t i;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "a=", 2);
	text[sizeof(text) - 1] = '\0';
	for (i = 0; i < 3; i++) {
		begin(&fixture, "");
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
		end(&fixture);
	}
	assert_int_equal(lens[0] - lens[2], sizeof(text) - 3 - FIT_VALUE_MAX);
}

/* Whether a series of ${labels} became equal to one of others. */
static bool
merges(struct fixture *fixture, const char *labels)
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
	struct fixture fixture;

	(void)state;
	begin(&fixture, "b=1");
	assert_false(merges(&fixture, "a=1,b=1"));
	/* Another ref of the same series is nothing to be told. */
	assert_false(merges(&fixture, "a=1,b=1"));
	assert_true(merges(&fixture, "a=1"));
	assert_false(finals_merged(fixture.finals));
	assert_false(merges(&fixture, "a=1,b=2"));
	assert_true(merges(&fixture, "a=1"));
	end(&fixture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(external_labels_are_added_in_their_place),
		cmocka_unit_test(external_labels_alone_are_no_series),
		cmocka_unit_test(external_labels_are_added_only_where_lacking),
		cmocka_unit_test(a_label_without_a_value_is_lacking),
		cmocka_unit_test(a_twin_is_said_once_as_long_as_there_is_one),
		cmocka_unit_test(two_series_made_equal_are_one),
		cmocka_unit_test(it_lives_until_the_last_reference_is_dropped),
		cmocka_unit_test(a_series_without_labels_is_refused),
		cmocka_unit_test(
		    rules_see_the_external_labels_and_say_what_is_sent),
		cmocka_unit_test(series_that_rules_make_equal_are_one),
		cmocka_unit_test(
		    rules_that_leave_no_label_or_too_many_refuse_the_series),
		cmocka_unit_test(what_does_not_fit_is_sent_dropped_or_cut),
		cmocka_unit_test(members_share_the_series_out),
		cmocka_unit_test(labels_may_be_many_but_not_too_many),
		cmocka_unit_test(labels_may_be_long_but_not_too_long),
		cmocka_unit_test(
		    a_new_series_may_be_in_the_batches_of_those_dropped),
		cmocka_unit_test(series_made_equal_are_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
