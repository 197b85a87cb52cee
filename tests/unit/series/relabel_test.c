/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/series/labelset.h"
#include "agent/series/relabel.h"
#include "tests/unit/config/expect.h"
#include "tests/unit/series/series.h"

/* Rules, as a configuration says them. */
struct fixture {
	struct config *config;
	struct relabel *relabel;
};

/* The rules that are the YAML list ${rules}. */
static void
begin(struct fixture *fixture, const char *rules)
{
	char text[16384];
	const struct config_remote *remote;

	(void)snprintf(text, sizeof(text),
	    DATA "remote_write:\n"
		 "- url: http://h/w\n"
		 "  write_relabel_configs: %s\n",
	    rules);
	fixture->config = expect_config(text);
	remote = &fixture->config->remotes[0];
	fixture->relabel = relabel_new(remote->rules, remote->rules_len);
	assert_non_null(fixture->relabel);
}

static void
end(struct fixture *fixture)
{
	relabel_free(fixture->relabel);
	config_free(fixture->config);
}

/* What the fixture makes of ${labels}: "name=value,..."; "-" if dropped. */
static void
assert_made(struct fixture *fixture, const char *labels, const char *want)
{
	struct series_labels given = series_labels(labels);
	struct relabel_labels made = { 0 };
	enum relabel_result result;
	char text[1024] = "";
	size_t i, at = 0;

	result =
	    relabel_apply(fixture->relabel, given.labels, given.len, &made);
	if (result == RELABEL_DROPPED) {
		assert_string_equal("-", want);
		return;
	}
	assert_int_equal(result, RELABEL_KEPT);
	for (i = 0; i < made.len; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
		    "%s%.*s=%.*s", i > 0 ? "," : "",
		    (int)made.labels[i].name.len, made.labels[i].name.data,
		    (int)made.labels[i].value.len, made.labels[i].value.data);
	assert_string_equal(text, want);
}

/* The same, of rules used but once. */
static void
assert_becomes(const char *rules, const char *labels, const char *want)
{
	struct fixture fixture;

	begin(&fixture, rules);
	assert_made(&fixture, labels, want);
	end(&fixture);
}

/* With what Prometheus's own tests of relabelling demand. */
static void
replace_writes_what_the_groups_captured(void **state)
{
	(void)state;
	assert_becomes("[{source_labels: [a], regex: 'f(.*)', target_label: d,"
		       " replacement: 'ch${1}-ch${1}'}]",
	    "a=foo,b=bar,c=baz", "a=foo,b=bar,c=baz,d=choo-choo");
	assert_becomes("[{source_labels: [a, b], regex: 'f(.*);(.*)r',"
		       "  target_label: a, replacement: 'b${1}${2}m'},"
		       " {source_labels: [c, a], regex: '(b).*b(.*)ba(.*)',"
		       "  target_label: d, replacement: '$1$2$2$3'}]",
	    "a=foo,b=bar,c=baz", "a=boobam,b=bar,c=baz,d=boooom");
	assert_becomes("[{source_labels: [a], regex: f, target_label: b,"
		       " replacement: bar}]",
	    "a=boo", "a=boo");
	assert_becomes("[{source_labels: [a], regex: 'some-([^-]+)-([^,]+)',"
		       " replacement: '${2}', target_label: '${1}'}]",
	    "a=some-name-value", "a=some-name-value,name=value");
	assert_becomes("[{source_labels: [a], regex: '(?P<n>.)(.*)',"
		       " replacement: '${n}!', target_label: 'x_${n}'}]",
	    "a=foo", "a=foo,x_f=f!");
}

static void
replace_without_more_copies_or_writes(void **state)
{
	(void)state;
	assert_becomes("[{source_labels: [a, c, b], target_label: d}]",
	    "a=1,b=2", "a=1,b=2,d=1;;2");
	assert_becomes("[{source_labels: [a, b], separator: '', "
		       "target_label: d}]",
	    "a=1,b=2", "a=1,b=2,d=12");
	assert_becomes("[{target_label: d, replacement: x}]", "a=1", "a=1,d=x");
	assert_becomes("[{target_label: a, replacement: x}]", "a=1", "a=x");
	/* A sort's order is kept, and the old value's with it. */
	assert_becomes("[{target_label: m, replacement: x},"
		       " {target_label: b, replacement: y},"
		       " {target_label: z, replacement: z}]",
	    "n=2,a=1", "a=1,b=y,m=x,n=2,z=z");
}

static void
a_label_that_becomes_empty_goes(void **state)
{
	(void)state;
	assert_becomes(
	    "[{target_label: a, replacement: ''}]", "a=1,b=2", "b=2");
	assert_becomes("[{target_label: c, replacement: ''}]", "a=1", "a=1");
	assert_becomes(
	    "[{source_labels: [none], target_label: a}]", "a=1,b=2", "b=2");
	assert_becomes("[{source_labels: [a], regex: 'some-([^-]+)-([^,]+)',"
		       " replacement: '${3}', target_label: '${1}'}]",
	    "a=some-name-value,name=x", "a=some-name-value");
	/* Without a name there is nothing to set. */
	assert_becomes("[{source_labels: [a], regex: 'some-([^-]+)',"
		       " replacement: '${1}', target_label: '${3}'}]",
	    "a=some-name", "a=some-name");
	assert_becomes("[{source_labels: [none], action: lowercase,"
		       " target_label: a}]",
	    "a=1,b=2", "b=2");
	/* What comes empty is not there. */
	assert_becomes("[{source_labels: [b], regex: '', target_label: c,"
		       " replacement: x}]",
	    "a=1,b=", "a=1,c=x");
}

static void
keep_and_drop_look_at_the_whole_of_the_value(void **state)
{
	static const char *const drop =
	    "[{source_labels: [a], regex: 'f|o', action: drop}]";
	static const char *const keep =
	    "[{source_labels: [a], regex: 'f.*', action: Keep}]";

	(void)state;
	assert_becomes(drop, "a=foo", "a=foo");
	assert_becomes(drop, "a=o", "-");
	assert_becomes(drop, "b=o", "b=o");
	assert_becomes(keep, "a=foo", "a=foo");
	assert_becomes(keep, "a=of", "-");
	assert_becomes(keep, "b=foo", "-");
	/* What comes after is not looked at. */
	assert_becomes("[{source_labels: [a], regex: x, action: drop},"
		       " {target_label: b, replacement: y}]",
	    "a=x", "-");
	/* Without a source the value is empty, and fits. */
	assert_becomes("[{action: drop}]", "a=1", "-");
}

static void
equal_values_keep_or_drop(void **state)
{
	static const char *const rules[] = {
		"[{source_labels: [a], action: keepequal, target_label: b}]",
		"[{source_labels: [a], action: dropequal, target_label: b}]",
	};

	(void)state;
	assert_becomes(rules[0], "a=1,b=1", "a=1,b=1");
	assert_becomes(rules[0], "a=1,b=2", "-");
	assert_becomes(rules[0], "a=1", "-");
	assert_becomes(rules[0], "c=1", "c=1");
	assert_becomes(rules[1], "a=1,b=1", "-");
	assert_becomes(rules[1], "a=1,b=2", "a=1,b=2");
}

/* The numbers are those of Prometheus's tests. */
static void
hashmod_is_that_of_prometheus(void **state)
{
	static const char *const rule = "[{source_labels: [a], modulus: 1000,"
					" action: hashmod, target_label: d}]";

	(void)state;
	assert_becomes(rule, "a=baz", "a=baz,d=976");
	assert_becomes(rule, "a=foo\nbar", "a=foo\nbar,d=734");
	assert_becomes("[{source_labels: [a], modulus: 18446744073709551615,"
		       " action: hashmod, target_label: d}]",
	    "a=baz", "a=baz,d=16450797887570275976");
}

static void
labelmap_copies_by_the_labels_there_were(void **state)
{
	(void)state;
	assert_becomes("[{regex: '(b.*)', replacement: 'bar_${1}',"
		       " action: labelmap}]",
	    "a=foo,b1=bar,b2=baz", "a=foo,b1=bar,b2=baz,bar_b1=bar,bar_b2=baz");
	assert_becomes("[{regex: '__meta_(my.*)', action: labelmap}]",
	    "a=foo,__meta_my_bar=aaa,__meta_other=ccc",
	    "__meta_my_bar=aaa,__meta_other=ccc,a=foo,my_bar=aaa");
	/* One label's copy is no other's source. */
	assert_becomes("[{regex: 'a(.*)', replacement: 'aa${1}',"
		       " action: labelmap}]",
	    "a=1,aa=2", "a=1,aa=1,aaa=2");
	assert_becomes(
	    "[{regex: 'a(.*)', action: labelmap}]", "a=1,ab=2", "a=1,ab=2,b=2");
}

static void
labeldrop_and_labelkeep_look_at_names(void **state)
{
	(void)state;
	assert_becomes("[{regex: '(b.*)', action: labelkeep}]",
	    "a=foo,b1=bar,b2=baz", "b1=bar,b2=baz");
	assert_becomes("[{regex: '(b.*)', action: labeldrop}]",
	    "a=foo,b1=bar,b2=baz", "a=foo");
	assert_becomes(
	    "[{regex: b, action: labeldrop}]", "a=1,b=2,bb=3", "a=1,bb=3");
	assert_becomes("[{action: labeldrop}]", "a=1,b=2", "");
}

static void
the_case_of_letters_is_set(void **state)
{
	(void)state;
	assert_becomes("[{source_labels: [foo], action: uppercase,"
		       "  target_label: up},"
		       " {source_labels: [foo], action: lowercase,"
		       "  target_label: low}]",
	    "foo=bAr123Foo", "foo=bAr123Foo,low=bar123foo,up=BAR123FOO");
	/* An e with an accent, a German s, a mu, a Gothic letter, no UTF-8. */
	assert_becomes("[{source_labels: [a], action: uppercase,"
		       " target_label: a}]",
	    "a=\xc3\xa9\xc3\x9f\xc2\xb5\xf0\x90\x90\xa8\xff",
	    "a=\xc3\x89\xc3\x9f\xce\x9c\xf0\x90\x90\x80\xef\xbf\xbd");
}

/* What Prometheus 2 refuses or does otherwise, in Prometheus 3's way. */
static void
names_are_any_text_and_a_dot_is_any_character(void **state)
{
	(void)state;
	assert_becomes("[{source_labels: ['http.code'],"
		       "  target_label: 'http.class', regex: '(.)..',"
		       "  replacement: '${1}xx'}]",
	    "http.code=404", "http.class=4xx,http.code=404");
	assert_becomes("[{regex: '(.+)', replacement: 'pr\xc3\xa9 $1',"
		       "  action: labelmap}]",
	    "a=1", "a=1,pr\xc3\xa9 a=1");
	assert_becomes("[{source_labels: [a], target_label: '${1}',"
		       "  regex: '(.*)', replacement: x}]",
	    "a=not-a b", "a=not-a b,not-a b=x");
	assert_becomes("[{source_labels: [a], target_label: b,"
		       "  regex: 'x.y', replacement: '<$0>'}]",
	    "a=x\ny", "a=x\ny,b=<x\ny>");
}

static void
rules_apply_one_after_the_other_series_by_series(void **state)
{
	struct fixture fixture;
	unsigned int i;

	(void)state;
	begin(&fixture,
	    "[{source_labels: [__name__], regex: 'go_.*', action: drop},"
	    " {source_labels: [instance], regex: '([^:]+):.*',"
	    "  target_label: __tmp_host},"
	    " {source_labels: [__tmp_host], target_label: host},"
	    " {regex: '__tmp_.*|instance', action: labeldrop}]");
	for (i = 0; i < 3; i++) {
		assert_made(&fixture, "__name__=up,instance=h1:9100",
		    "__name__=up,host=h1");
		assert_made(&fixture, "__name__=go_x,instance=h1:9100", "-");
		assert_made(&fixture, "__name__=up,instance=h2", "__name__=up");
		assert_made(&fixture, "", "");
	}
	end(&fixture);
	/* What it makes for its own use is sent, unless a rule ends it. */
	assert_becomes(
	    "[{target_label: __tmp, replacement: x}]", "a=1", "__tmp=x,a=1");
}

static void
a_name_given_twice_counts_once(void **state)
{
	(void)state;
	assert_becomes(
	    "[{regex: x, action: labeldrop}]", "b=2,a=1,b=1,b=", "a=1,b=1");
}

static void
searches_that_are_given_up_do_not_fit_and_are_counted(void **state)
{
	struct wal_label label = { .name = { "a", 1 } };
	struct relabel_labels made;
	struct fixture fixture;
	char value[4096];

	(void)state;
	memset(value, 'a', sizeof(value));
	label.value = (struct wal_text){ value, sizeof(value) };
	begin(&fixture,
	    "[{action: labeldrop, regex: x},"
	    " {source_labels: [a], regex: '(a|aa)+[bc]', action: drop}]");
	assert_int_equal(
	    relabel_apply(fixture.relabel, &label, 1, &made), RELABEL_KEPT);
	assert_int_equal(made.len, 1);
	assert_int_equal(relabel_limited(fixture.relabel), 1);
	assert_int_equal(relabel_limited_rule(fixture.relabel), 1);
	end(&fixture);
}

static void
texts_that_grow_without_end_are_refused(void **state)
{
	static const char rule[] = "{source_labels: [a], target_label: a, "
				   "replacement: '$1$1$1$1$1$1$1$1'},";
	struct series_labels labels = series_labels("a=x");
	char rules[16 * sizeof(rule)] = "[";
	struct relabel_labels made;
	struct fixture fixture;
	unsigned int i;

	(void)state;
	for (i = 0; i < 12; i++)
		strcat(rules, rule);
	strcat(rules, "]");
	begin(&fixture, rules);
	for (i = 0; i < 2; i++)
		assert_int_equal(relabel_apply(fixture.relabel, labels.labels,
				     labels.len, &made),
		    RELABEL_LARGE);
	/* And what is not too large after it is not. */
	assert_made(&fixture, "b=1", "b=1");
	end(&fixture);
}

static void
texts_that_are_too_many_are_refused(void **state)
{
	struct relabel_labels made;
	struct fixture fixture;
	char value[1 << 20];
	struct wal_label label = { { "a", 1 }, { value, sizeof(value) } };

	(void)state;
	memset(value, 'x', sizeof(value));
	begin(&fixture,
	    "[{source_labels: [a], target_label: b},"
	    " {source_labels: [a], target_label: c},"
	    " {source_labels: [a], target_label: d},"
	    " {source_labels: [a], target_label: e},"
	    " {source_labels: [a], target_label: f},"
	    " {source_labels: [a], target_label: g},"
	    " {source_labels: [a], target_label: h},"
	    " {source_labels: [a], target_label: i}]");
	/* The names count too. */
	assert_int_equal(
	    relabel_apply(fixture.relabel, &label, 1, &made), RELABEL_LARGE);
	label.value.len -= 8;
	assert_int_equal(
	    relabel_apply(fixture.relabel, &label, 1, &made), RELABEL_KEPT);
	end(&fixture);
}

static void
labels_that_multiply_are_refused(void **state)
{
	static const size_t len = LABELSET_LABELS_MAX / 2 + 1;
	struct wal_label *labels = calloc(len, sizeof(*labels));
	char(*names)[24] = calloc(len, sizeof(*names));
	struct relabel_labels made;
	struct fixture fixture;
	size_t i;

	(void)state;
	assert_true(labels != NULL && names != NULL);
	for (i = 0; i < len; i++) {
		(void)snprintf(names[i], sizeof(*names), "n%06zu", i);
		labels[i].name = (struct wal_text){ names[i], 7 };
		labels[i].value = (struct wal_text){ "v", 1 };
	}
	begin(&fixture,
	    "[{regex: '(.*)', replacement: 'x${1}', action: labelmap}]");
	assert_int_equal(
	    relabel_apply(fixture.relabel, labels, len, &made), RELABEL_LARGE);
	assert_int_equal(relabel_apply(fixture.relabel, labels, len - 1, &made),
	    RELABEL_KEPT);
	assert_int_equal(made.len, LABELSET_LABELS_MAX);
	end(&fixture);
	free(labels);
	free(names);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(replace_writes_what_the_groups_captured),
		cmocka_unit_test(replace_without_more_copies_or_writes),
		cmocka_unit_test(a_label_that_becomes_empty_goes),
		cmocka_unit_test(keep_and_drop_look_at_the_whole_of_the_value),
		cmocka_unit_test(equal_values_keep_or_drop),
		cmocka_unit_test(hashmod_is_that_of_prometheus),
		cmocka_unit_test(labelmap_copies_by_the_labels_there_were),
		cmocka_unit_test(labeldrop_and_labelkeep_look_at_names),
		cmocka_unit_test(the_case_of_letters_is_set),
		cmocka_unit_test(names_are_any_text_and_a_dot_is_any_character),
		cmocka_unit_test(
		    rules_apply_one_after_the_other_series_by_series),
		cmocka_unit_test(a_name_given_twice_counts_once),
		cmocka_unit_test(
		    searches_that_are_given_up_do_not_fit_and_are_counted),
		cmocka_unit_test(texts_that_grow_without_end_are_refused),
		cmocka_unit_test(texts_that_are_too_many_are_refused),
		cmocka_unit_test(labels_that_multiply_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
