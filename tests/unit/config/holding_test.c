/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "agent/config/holding.h"
#include "tests/unit/config/expect.h"

#define HOUR (UINT64_C(3600) * 1000000)

static void
what_is_not_said_has_its_default(void **state)
{
	struct config *config = expect_config(DATA REMOTE);

	(void)state;
	assert_int_equal(config->spool.mode, CONFIG_SPOOL_AUTO);
	assert_string_equal(config->spool.dir, "/var/lib/walship-spool");
	assert_int_equal(config->spool.max_bytes, UINT64_C(10) << 30);
	assert_int_equal(config->spool.max_age, 24 * HOUR);
	assert_int_equal(config->spool.min_free, 0);
	assert_int_equal(config->spool.min_free_percent, 10);
	config_free(config);
	/* It is beside the directory of the state. */
	config = expect_config(DATA REMOTE "state_dir: /s/t//\n");
	assert_string_equal(config->spool.dir, "/s/t-spool");
	config_free(config);
}

static void
what_is_said_is_taken(void **state)
{
	struct config *config =
	    expect_config(DATA REMOTE "spool: {mode: link, dir: /s/p, "
				      "max_bytes: 512MiB, max_age: 2h, "
				      "min_free: 5GiB}\n");

	(void)state;
	assert_int_equal(config->spool.mode, CONFIG_SPOOL_LINK);
	assert_string_equal(config->spool.dir, "/s/p");
	assert_int_equal(config->spool.max_bytes, 512 << 20);
	assert_int_equal(config->spool.max_age, 2 * HOUR);
	assert_int_equal(config->spool.min_free, UINT64_C(5) << 30);
	assert_int_equal(config->spool.min_free_percent, 0);
	config_free(config);
	config = expect_config(
	    DATA REMOTE "spool: {mode: fd, max_bytes: 0, max_age: 0s, "
			"min_free: 99%}\n");
	assert_int_equal(config->spool.mode, CONFIG_SPOOL_FD);
	assert_int_equal(config->spool.max_bytes, 0);
	assert_int_equal(config->spool.max_age, 0);
	assert_int_equal(config->spool.min_free_percent, 99);
	config_free(config);
	config = expect_config(DATA REMOTE "spool: {mode: off, min_free: 0}\n");
	assert_int_equal(config->spool.mode, CONFIG_SPOOL_OFF);
	assert_int_equal(config->spool.min_free, 0);
	assert_int_equal(config->spool.min_free_percent, 0);
	config_free(config);
}

static void
what_will_not_do_is_refused(void **state)
{
	(void)state;
	expect_faults(DATA REMOTE "spool: {mode: copy}\n",
	    "f.yml:3:15: spool.mode: 'copy' is not one of them; write auto, "
	    "link, fd or off\n");
	expect_faults(DATA REMOTE "spool: {dir: here}\n",
	    "f.yml:3:14: spool.dir: must be an absolute path, from / on\n");
	expect_faults(DATA REMOTE "spool: {max_bytes: 10}\n",
	    "f.yml:3:20: spool.max_bytes: '10' is no size; write a number and "
	    "a unit, as 512MiB or 10GiB, or 0 for no limit\n");
	expect_faults(DATA REMOTE "spool: {min_free: 100%}\n",
	    "f.yml:3:19: spool.min_free: '100%' is no part of a filesystem; "
	    "write a share below all of it, as 10%, or a size, as 5GiB, or 0 "
	    "for no limit\n");
	expect_faults(DATA REMOTE "spool: off\n",
	    "f.yml:3:8: spool: must be a mapping, as 'key: value'\n");
}

static void
nothing_is_held_among_what_is_prometheus_s(void **state)
{
	static const char wanted[] =
	    "is inside prometheus.data_dir, where everything is Prometheus's; "
	    "name a directory beside it\n";
	char text[256];

	(void)state;
	(void)snprintf(
	    text, sizeof(text), "f.yml:3:14: spool.dir: '/data/s' %s", wanted);
	expect_faults(DATA REMOTE "spool: {dir: /data/s}\n", text);
	(void)snprintf(
	    text, sizeof(text), "f.yml:3:14: spool.dir: '/data' %s", wanted);
	expect_faults(DATA REMOTE "spool: {dir: /data}\n", text);
	expect_right(DATA REMOTE "spool: {dir: /data-spool}\n");
	expect_right(DATA REMOTE "spool: {dir: /dat}\n");
	/* Where nobody named it, it is seen to when it is needed. */
	expect_right(DATA REMOTE "state_dir: /data/state\n");
	assert_true(holding_is_inside("/a/b/c", "/a/b//"));
	assert_true(holding_is_inside("/a", "/"));
	assert_false(holding_is_inside("/ab", "/a"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_said_has_its_default),
		cmocka_unit_test(what_is_said_is_taken),
		cmocka_unit_test(what_will_not_do_is_refused),
		cmocka_unit_test(nothing_is_held_among_what_is_prometheus_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
