/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/prometheus/settings.h"

#define OUT_MAX 4096u

static struct settings *
parse(const char *text)
{
	struct settings *settings;
	struct buf faults;

	buf_init(&faults, OUT_MAX);
	settings = settings_parse("p.yml", text, strlen(text), &faults);
	assert_string_equal(buf_text(&faults), "");
	assert_non_null(settings);
	buf_release(&faults);
	return settings;
}

static void
assert_refused(const char *text, const char *wanted)
{
	struct buf faults;

	buf_init(&faults, OUT_MAX);
	assert_null(settings_parse("p.yml", text, strlen(text), &faults));
	assert_string_equal(buf_text(&faults), wanted);
	buf_release(&faults);
}

static int
note(void *arg, const char *name, const char *text)
{
	char *labels = arg;

	(void)strcat(labels, name);
	(void)strcat(labels, "=");
	(void)strcat(labels, text);
	(void)strcat(labels, ";");
	return 0;
}

static void
labels_and_receivers_are_found(void **state)
{
	struct settings *settings =
	    parse("global:\n"
		  "  scrape_interval: 15s\n"
		  "  external_labels: {a: 1, b: '${X}', c: }\n"
		  "scrape_configs: [{whatever: [it, is]}]\n"
		  "remote_write:\n"
		  "- url: http://one/w\n"
		  "- {url: [odd]}\n"
		  "- odd\n"
		  "- {name: x, url: http://two/w}\n");
	char labels[64] = "";

	(void)state;
	assert_int_equal(settings_labels(settings, note, labels), 0);
	assert_string_equal(labels, "a=1;b=${X};c=;");
	assert_string_equal(settings_remote(settings, 0), "http://one/w");
	assert_string_equal(settings_remote(settings, 1), "");
	assert_string_equal(settings_remote(settings, 2), "");
	assert_string_equal(settings_remote(settings, 3), "http://two/w");
	assert_null(settings_remote(settings, 4));
	settings_free(settings);
}

static void
there_need_be_none(void **state)
{
	static const char *const texts[] = { "scrape_configs: []",
		"global:\nremote_write:\n", "global: {external_labels: }",
		"global: {external_labels: {}}\nremote_write: []" };
	struct settings *settings;
	char labels[64] = "";
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		settings = parse(texts[i]);
		assert_int_equal(settings_labels(settings, note, labels), 0);
		assert_string_equal(labels, "");
		assert_null(settings_remote(settings, 0));
		settings_free(settings);
	}
}

static void
aliases_and_merges_are_followed(void **state)
{
	struct settings *settings =
	    parse("x: &l {a: 1, b: 2}\n"
		  "global: &g {external_labels: {<<: *l, b: 3}}\n"
		  "remote_write: [&r {url: http://one/w}, *r]\n");
	char labels[64] = "";

	(void)state;
	assert_int_equal(settings_labels(settings, note, labels), 0);
	assert_string_equal(labels, "b=3;a=1;b=2;");
	assert_string_equal(settings_remote(settings, 1), "http://one/w");
	settings_free(settings);
}

/* Half a file has no labels that anybody knows of. */
static void
what_cannot_be_known_is_not_taken_for_nothing(void **state)
{
	static const char *const odd =
	    "p.yml: global.external_labels is not what Prometheus takes: "
	    "names, each with a text; mend it, or wait until it is written\n";

	(void)state;
	assert_refused("",
	    "p.yml:1:1: empty; mend it, or wait until it is "
	    "written\n");
	assert_refused("a: [\n",
	    "p.yml:2:1: not YAML: did not find expected node content; mend "
	    "it, or wait until it is written\n");
	assert_refused("word",
	    "p.yml: not a configuration of Prometheus, which has keys; mend "
	    "it, or wait until it is written\n");
	assert_refused("global: {external_labels: [a]}", odd);
	assert_refused("global: {external_labels: {a: [b]}}", odd);
	assert_refused("global: {external_labels: {[a]: b}}", odd);
	assert_refused("global: word", odd);
	assert_refused("remote_write: {}",
	    "p.yml: remote_write is not a list; mend it, or wait until it is "
	    "written\n");
}

static void
a_file_is_loaded_or_missed(void **state)
{
	static const char text[] = "global: {external_labels: {a: b}}\n";
	char path[] = "/tmp/walship-settings-XXXXXX", wanted[256];
	struct settings *settings;
	struct buf faults;
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
	buf_init(&faults, OUT_MAX);
	settings = settings_load(path, &faults);
	assert_non_null(settings);
	settings_free(settings);
	assert_int_equal(unlink(path), 0);
	assert_null(settings_load(path, &faults));
	(void)snprintf(wanted, sizeof(wanted),
	    "%s: cannot be read: No such file or directory; name the file of "
	    "Prometheus's --config.file\n",
	    path);
	assert_string_equal(buf_text(&faults), wanted);
	buf_release(&faults);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_and_receivers_are_found),
		cmocka_unit_test(there_need_be_none),
		cmocka_unit_test(aliases_and_merges_are_followed),
		cmocka_unit_test(what_cannot_be_known_is_not_taken_for_nothing),
		cmocka_unit_test(a_file_is_loaded_or_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
