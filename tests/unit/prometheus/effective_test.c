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

#include "agent/prometheus/effective.h"

#define OUT_MAX 4096u
#define HEAD "prometheus: {data_dir: /d, config_file: p.yml}\n"
#define REMOTE "remote_write: [{url: 'http://h/w?k=secret'}]\n"

/* A directory of a configuration of ours and one of Prometheus. */
struct pair {
	char dir[32];
	char ours[64], theirs[64];
	struct buf faults;
};

static int
set_up(void **state)
{
	struct pair *pair = calloc(1, sizeof(*pair));

	if (pair == NULL)
		return -1;
	(void)strcpy(pair->dir, "/tmp/effective.XXXXXX");
	if (mkdtemp(pair->dir) == NULL)
		return -1;
	(void)snprintf(pair->ours, sizeof(pair->ours), "%s/w.yml", pair->dir);
	(void)snprintf(
	    pair->theirs, sizeof(pair->theirs), "%s/p.yml", pair->dir);
	buf_init(&pair->faults, OUT_MAX);
	*state = pair;
	return 0;
}

static int
tear_down(void **state)
{
	struct pair *pair = *state;

	(void)unlink(pair->ours);
	(void)unlink(pair->theirs);
	(void)rmdir(pair->dir);
	buf_release(&pair->faults);
	free(pair);
	return 0;
}

static void
put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* That both are right, and what they come to. */
static struct config *
load(struct pair *pair, const char *ours, const char *theirs)
{
	struct config *config;

	put(pair->ours, ours);
	if (theirs != NULL)
		put(pair->theirs, theirs);
	config = effective_load(pair->ours, &pair->faults);
	assert_string_equal(buf_text(&pair->faults), "");
	assert_non_null(config);
	return config;
}

/* That ${config} has exactly the label ${name}, of ${value}. */
static void
assert_label(
    const struct config *config, size_t i, const char *name, const char *value)
{
	assert_true(i < config->external_labels_len);
	assert_string_equal(config->external_labels[i].name, name);
	assert_string_equal(config->external_labels[i].value, value);
}

static void
labels_are_taken_over_and_ours_win(void **state)
{
	struct config *config =
	    load(*state, HEAD REMOTE "external_labels: {b: ours}\n",
		"global: {external_labels: {a: one, b: theirs, c: $$x}}\n");

	assert_int_equal(config->external_labels_len, 3);
	assert_label(config, 0, "a", "one");
	assert_label(config, 1, "b", "ours");
	assert_label(config, 2, "c", "$x");
	assert_int_equal(config->warnings_len, 0);
	config_free(config);
}

static void
without_the_key_nothing_is_looked_at(void **state)
{
	struct config *config =
	    load(*state, "prometheus: {data_dir: /d}\n" REMOTE, "not: [yaml");

	assert_int_equal(config->external_labels_len, 0);
	config_free(config);
}

/* Never without the labels, whatever is wrong. */
static void
what_cannot_be_read_is_a_fault(void **state)
{
	struct pair *pair = *state;
	char wanted[512];

	put(pair->ours, HEAD REMOTE);
	assert_null(effective_load(pair->ours, &pair->faults));
	(void)snprintf(wanted, sizeof(wanted),
	    "%s: cannot be read: No such file or directory; name the file of "
	    "Prometheus's --config.file\n",
	    pair->theirs);
	assert_string_equal(buf_text(&pair->faults), wanted);

	buf_reset(&pair->faults);
	assert_int_equal(unsetenv("WALSHIP_T_3"), 0);
	put(pair->theirs, "global: {external_labels: {a: '${WALSHIP_T_3}'}}\n");
	assert_null(effective_load(pair->ours, &pair->faults));
	(void)snprintf(wanted, sizeof(wanted),
	    "%s: global.external_labels.a: WALSHIP_T_3 is not set in "
	    "walship's environment; set it there, or write $$ for a dollar "
	    "sign, or that label in walship's external_labels\n",
	    pair->theirs);
	assert_string_equal(buf_text(&pair->faults), wanted);
}

/* That of Prometheus may be another, which nobody else may read. */
static void
a_variable_of_theirs_is_warned_about(void **state)
{
	struct pair *pair = *state;
	struct config *config;
	char wanted[512];

	assert_int_equal(setenv("WALSHIP_T_3", "here", 1), 0);
	config = load(pair, HEAD REMOTE "external_labels: {b: $WALSHIP_T_3}\n",
	    "global: {external_labels: {a: '${WALSHIP_T_3}', "
	    "b: $WALSHIP_T_3, c: $HOSTNAME}}\n");
	assert_label(config, 0, "a", "here");
	assert_int_equal(config->warnings_len, 1);
	(void)snprintf(wanted, sizeof(wanted),
	    "%s: global.external_labels.a: WALSHIP_T_3 is taken from walship's "
	    "environment, Prometheus takes its own: set both alike, or write "
	    "that label in external_labels",
	    pair->theirs);
	assert_string_equal(config->warnings[0], wanted);
	config_free(config);
	assert_int_equal(unsetenv("WALSHIP_T_3"), 0);
}

static void
faults_of_ours_are_told_without_it(void **state)
{
	struct pair *pair = *state;

	put(pair->ours, HEAD "remote_write: 1\n");
	assert_null(effective_load(pair->ours, &pair->faults));
	assert_non_null(strstr(
	    buf_text(&pair->faults), "w.yml:2:15: remote_write: must be"));
	assert_null(strstr(buf_text(&pair->faults), "p.yml"));
}

static void
what_prometheus_sends_to_our_receivers_is_warned_about(void **state)
{
	struct pair *pair = *state;
	struct config *config = load(pair, HEAD REMOTE,
	    "remote_write:\n"
	    "- {url: 'http://other/w'}\n"
	    "- {url: 'https://H/w?k=other'}\n"
	    "- {url: 'no url at all'}\n"
	    "- {url: 'http://h/another'}\n");
	char wanted[512];

	assert_int_equal(config->warnings_len, 1);
	(void)snprintf(wanted, sizeof(wanted),
	    "%s: Prometheus itself still sends to http://h/w?k=***: every "
	    "sample goes there twice; remove that remote_write, and reload "
	    "Prometheus",
	    pair->theirs);
	assert_string_equal(config->warnings[0], wanted);
	config_free(config);
}

static void
of_one_receiver_is_warned_once(void **state)
{
	struct config *config = load(*state, HEAD REMOTE,
	    "x: &x {url: 'http://h/w'}\nremote_write: [*x, *x, *x]\n");

	assert_int_equal(config->warnings_len, 1);
	config_free(config);
}

static void
a_label_of_theirs_may_tell_hosts_apart(void **state)
{
	static const char ours[] = HEAD
	    "remote_write: [{url: 'https://h/w', profile: azuremonitor}]\n";
	struct config *config = load(*state, ours, "global: {}\n");

	assert_int_equal(config->warnings_len, 1);
	assert_non_null(strstr(config->warnings[0],
	    "w.yml: no external label tells this host from others"));
	config_free(config);
	config = load(
	    *state, ours, "global: {external_labels: {host: '${HOSTNAME}'}}\n");
	assert_int_equal(config->warnings_len, 0);
	config_free(config);
}

/* An edit of ours that was not taken into effect stays out of it. */
static void
ours_is_kept_while_theirs_changes(void **state)
{
	struct pair *pair = *state;
	struct config *config, *again;

	config = load(pair, HEAD REMOTE "external_labels: {b: ours}\n",
	    "global: {external_labels: {a: one}}\n");
	put(pair->ours, "broken: [");
	put(pair->theirs, "global: {external_labels: {a: two}}\n");
	again = effective_again(config, pair->ours, &pair->faults);
	assert_string_equal(buf_text(&pair->faults), "");
	assert_non_null(again);
	assert_label(again, 0, "a", "two");
	assert_label(again, 1, "b", "ours");
	config_free(again);

	put(pair->theirs, "");
	assert_null(effective_again(config, pair->ours, &pair->faults));
	assert_non_null(strstr(buf_text(&pair->faults), "p.yml:1:1: empty"));
	config_free(config);
}

int
main(void)
{
#define IN_A_PAIR(test_) \
	cmocka_unit_test_setup_teardown(test_, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		IN_A_PAIR(labels_are_taken_over_and_ours_win),
		IN_A_PAIR(without_the_key_nothing_is_looked_at),
		IN_A_PAIR(what_cannot_be_read_is_a_fault),
		IN_A_PAIR(a_variable_of_theirs_is_warned_about),
		IN_A_PAIR(faults_of_ours_are_told_without_it),
		IN_A_PAIR(
		    what_prometheus_sends_to_our_receivers_is_warned_about),
		IN_A_PAIR(of_one_receiver_is_warned_once),
		IN_A_PAIR(a_label_of_theirs_may_tell_hosts_apart),
		IN_A_PAIR(ours_is_kept_while_theirs_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
