/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <string.h>

#include "agent/prometheus/flags.h"

static struct prometheus_flags flags;

/* Read ${args}, with spaces in place of the NULs, but of the last. */
static bool
read_args(const char *args)
{
	static char copy[1024];
	size_t i, len = strlen(args) + 1;

	memcpy(copy, args, len);
	for (i = 0; i < len; i++)
		if (copy[i] == ' ')
			copy[i] = '\0';
	return flags_read(copy, len, &flags);
}

static void
test_has_prometheus_defaults(void **state)
{
	(void)state;
	assert_true(read_args("/usr/bin/prometheus"));
	assert_false(flags.agent);
	assert_string_equal(flags.program, "/usr/bin/prometheus");
	assert_string_equal(flags.data_dir, "data/");
	assert_string_equal(flags.config_file, "prometheus.yml");
	assert_true(flags.data_dir_assumed);
	assert_true(flags.config_file_assumed);
	assert_string_equal(flags.listen_address, "0.0.0.0:9090");
	assert_false(flags.from_file);
}

static void
test_values_stand_behind_an_equals_sign_or_a_space(void **state)
{
	(void)state;
	assert_true(read_args("prometheus --storage.tsdb.path=/a "
			      "--config.file /etc/p.yml --web.enable-lifecycle "
			      "--web.listen-address=:9091 "
			      "--web.listen-address=:9092"));
	assert_string_equal(flags.data_dir, "/a");
	assert_string_equal(flags.config_file, "/etc/p.yml");
	assert_false(flags.data_dir_assumed);
	assert_false(flags.config_file_assumed);
	assert_string_equal(flags.listen_address, ":9091");
	assert_true(read_args("prometheus --storage.tsdb.path /b"));
	assert_string_equal(flags.data_dir, "/b");
}

static void
test_agent_mode_has_a_directory_of_its_own(void **state)
{
	(void)state;
	assert_true(read_args("prometheus --agent --storage.agent.path=/g "
			      "--storage.tsdb.path=/t"));
	assert_true(flags.agent);
	assert_string_equal(flags.data_dir, "/g");
	assert_true(read_args("prometheus --enable-feature=x "
			      "--enable-feature=exemplar-storage,agent"));
	assert_true(flags.agent);
	assert_string_equal(flags.data_dir, "data-agent/");
	assert_true(read_args("prometheus --enable-feature=agents,no-agent"));
	assert_false(flags.agent);
}

static void
test_what_is_cut_off_or_ended_says_nothing(void **state)
{
	(void)state;
	assert_true(read_args("prometheus --storage.tsdb.path"));
	assert_string_equal(flags.data_dir, "data/");
	assert_true(read_args("prometheus -- --storage.tsdb.path=/x"));
	assert_string_equal(flags.data_dir, "data/");
	assert_true(read_args("prometheus --storage.tsdb.pathology=/x"));
	assert_string_equal(flags.data_dir, "data/");
	assert_true(read_args("prometheus --storage.tsdb.path="));
	assert_string_equal(flags.data_dir, "data/");
	assert_false(flags_read("", 0, &flags));
}

static void
test_a_file_of_flags_is_noted(void **state)
{
	(void)state;
	assert_true(read_args("prometheus @/etc/prometheus.flags"));
	assert_true(flags.from_file);
}

static void
test_tells_prometheus_from_what_is_called_after_it(void **state)
{
	(void)state;
	assert_true(flags_is_prometheus("prometheus"));
	assert_true(flags_is_prometheus("/opt/p/prometheus-2.53.0"));
	assert_true(flags_is_prometheus("/opt/p/prometheus2"));
	assert_false(flags_is_prometheus("/usr/bin/prometheus-node-exporter"));
	assert_false(flags_is_prometheus("prometheus-alertmanager"));
	assert_false(flags_is_prometheus("/opt/prometheus/promtool"));
	assert_false(flags_is_prometheus("myprometheus"));
	assert_false(flags_is_prometheus(""));
	assert_false(read_args("sudo prometheus --storage.tsdb.path=/x"));
}

static void
test_finds_the_version_in_the_path(void **state)
{
	char version[16];

	(void)state;
	flags_version("/opt/prometheus-3.5.3.linux-amd64/prometheus", version,
	    sizeof(version));
	assert_string_equal(version, "3.5.3");
	flags_version("/opt/prometheus-v2.45.0", version, sizeof(version));
	assert_string_equal(version, "2.45.0");
	flags_version("/usr/bin/prometheus", version, sizeof(version));
	assert_string_equal(version, "");
	flags_version("/opt/prometheus-3/prometheus", version, sizeof(version));
	assert_string_equal(version, "");
	flags_version("/opt/prometheus-1.111111111111111111/prometheus",
	    version, sizeof(version));
	assert_string_equal(version, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_has_prometheus_defaults),
		cmocka_unit_test(
		    test_values_stand_behind_an_equals_sign_or_a_space),
		cmocka_unit_test(test_agent_mode_has_a_directory_of_its_own),
		cmocka_unit_test(test_what_is_cut_off_or_ended_says_nothing),
		cmocka_unit_test(test_a_file_of_flags_is_noted),
		cmocka_unit_test(
		    test_tells_prometheus_from_what_is_called_after_it),
		cmocka_unit_test(test_finds_the_version_in_the_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
