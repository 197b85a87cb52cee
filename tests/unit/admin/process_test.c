/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "agent/admin/process.h"

/* The value of the line of ${name} in what ${stats} write. */
static double
value_of(struct stats *stats, const char *name)
{
	char start[64];
	const char *at;
	struct buf out;
	double value;

	buf_init(&out, 1 << 20);
	stats_write(stats, &out);
	(void)snprintf(start, sizeof(start), "\n%s ", name);
	at = strstr(buf_text(&out), start);
	assert_non_null(at);
	value = strtod(at + strlen(start), NULL);
	buf_release(&out);
	return value;
}

static void
it_was_started_a_moment_ago(void **state)
{
	struct stats *stats = stats_new();
	struct process *process = process_new(stats);
	double age;

	(void)state;
	age =
	    (double)time(NULL) - value_of(stats, "process_start_time_seconds");
	assert_true(age > -5 && age < 300);
	process_free(process);
	stats_free(stats);
}

static void
time_on_the_processor_goes_up(void **state)
{
	struct stats *stats = stats_new();
	struct process *process = process_new(stats);
	double before = value_of(stats, "process_cpu_seconds_total");
	clock_t end = clock() + CLOCKS_PER_SEC / 20;

	(void)state;
	while (clock() < end)
		;
	assert_true(
	    value_of(stats, "process_cpu_seconds_total") >= before + .03);
	process_free(process);
	stats_free(stats);
}

static void
memory_is_counted_in_bytes(void **state)
{
	struct stats *stats = stats_new();
	struct process *process = process_new(stats);
	double resident = value_of(stats, "process_resident_memory_bytes");

	(void)state;
	assert_true(resident > 100e3 && resident < 10e9);
	assert_true(
	    value_of(stats, "process_virtual_memory_bytes") >= resident);
	process_free(process);
	stats_free(stats);
}

/* Descriptors below ${end} that are open. */
static unsigned int
count_open(int end)
{
	unsigned int count = 0;
	int fd;

	for (fd = 0; fd < end; fd++)
		count += fcntl(fd, F_GETFD) != -1;
	return count;
}

static void
open_descriptors_are_counted_as_they_are(void **state)
{
	struct stats *stats = stats_new();
	struct process *process = process_new(stats);
	double before = value_of(stats, "process_open_fds");
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(before + 1 == count_open(1024));
	assert_true(before < value_of(stats, "process_max_fds"));
	assert_true(value_of(stats, "process_open_fds") == before + 1);
	(void)close(fd);
	assert_true(value_of(stats, "process_open_fds") == before);
	process_free(process);
	stats_free(stats);
}

static void
a_name_with_parentheses_and_spaces_does_not_mislead(void **state)
{
	struct stats *stats = stats_new();
	struct process *process;
	double resident;

	(void)state;
	assert_int_equal(prctl(PR_SET_NAME, "a) R 1 (b) 2 3"), 0);
	process = process_new(stats);
	resident = value_of(stats, "process_resident_memory_bytes");
	assert_true(resident > 100e3 && resident < 10e9);
	process_free(process);
	stats_free(stats);
}

static void
the_version_is_told(void **state)
{
	struct stats *stats = stats_new();
	struct process *process = process_new(stats);

	(void)state;
	assert_true(
	    value_of(stats,
		"walship_build_info{version=\"" PACKAGE_VERSION "\"}") == 1);
	process_free(process);
	stats_free(stats);
}

static void
nothing_is_left_of_it_when_it_is_freed(void **state)
{
	struct stats *stats = stats_new();
	struct buf out;

	(void)state;
	process_free(process_new(stats));
	process_free(NULL);
	buf_init(&out, 1 << 20);
	stats_write(stats, &out);
	assert_string_equal(buf_text(&out), "");
	buf_release(&out);
	stats_free(stats);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_was_started_a_moment_ago),
		cmocka_unit_test(time_on_the_processor_goes_up),
		cmocka_unit_test(memory_is_counted_in_bytes),
		cmocka_unit_test(open_descriptors_are_counted_as_they_are),
		cmocka_unit_test(
		    a_name_with_parentheses_and_spaces_does_not_mislead),
		cmocka_unit_test(the_version_is_told),
		cmocka_unit_test(nothing_is_left_of_it_when_it_is_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
