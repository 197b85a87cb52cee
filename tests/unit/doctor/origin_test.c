/* SPDX-License-Identifier: Apache-2.0 */
#include <utime.h>

#include "agent/doctor/origin.h"
#include "tests/unit/doctor/patient.h"

/* Have a Prometheus run that writes to ${path}; NULL: nobody knows. */
static struct prometheus_process *
add(struct patient *p, pid_t pid, const char *path)
{
	struct process_list *list = &p->exam.prometheus;
	struct prometheus_process *one;

	list->found =
	    reallocarray(list->found, list->len + 1, sizeof(*list->found));
	assert_non_null(list->found);
	one = &list->found[list->len++];
	*one = (struct prometheus_process){ .pid = pid };
	(void)strcpy(one->user, "prom");
	if (path != NULL) {
		one->data_dir.inside = strdup(path);
		one->data_dir.path = strdup(path);
	}
	return one;
}

/* Have the log be of so many ${seconds} ago. */
static void
age_log(struct patient *p, time_t seconds)
{
	const struct utimbuf times = { time(NULL), time(NULL) - seconds };
	const char *name = tree_path(&p->tree, "data/wal/00000000");

	tree_write(&p->tree, "data/wal/00000000", "", 0);
	assert_int_equal(utime(name, &times), 0);
}

static void
test_faults_of_the_configuration_fail(void **state)
{
	struct patient *p = *state;
	struct config *config = p->exam.config;

	patient_finds(p, origin_configuration, FINDING_OK, "is good", "");
	p->exam.config = NULL;
	p->exam.faults = strdup("w.yml:1:2: this; do that\nw.yml:3:4: x\n");
	patient_finds(p, origin_configuration, FINDING_FAIL,
	    "w.yml:1:2: this (and 1 more: see walship check-config)",
	    "do that");
	assert_null(strchr(p->finding.found, '\n'));
	free(p->exam.faults);
	p->exam.faults = strdup("w.yml: cannot be read\n");
	patient_finds(p, origin_configuration, FINDING_FAIL,
	    "w.yml: cannot be read", "check-config");
	assert_null(strstr(p->finding.found, "more"));
	p->exam.config = config;
	patient_configure(p,
	    "remote_write:\n- {url: 'http://localhost:1/', profile: "
	    "azuremonitor}\n");
	patient_finds(p, origin_configuration, FINDING_OK, "1 remark on", "");
}

static void
test_who_writes_there_is_named(void **state)
{
	struct patient *p = *state;
	struct prometheus_process *one = add(p, 7, p->data);

	(void)strcpy(one->version, "3.5.3");
	one->agent = true;
	one->elsewhere = true;
	patient_finds(p, origin_prometheus, FINDING_OK,
	    "pid 7 (user prom, version 3.5.3, agent mode) writes to", "");
	(void)strcpy(one->data_dir.inside, "/d");
	patient_finds(p, origin_prometheus, FINDING_OK,
	    "pid 7 (user prom, version 3.5.3, agent mode, in a container or "
	    "its own mounts) writes to",
	    "");
	add(p, 8, "/other/data");
	patient_finds(p, origin_prometheus, FINDING_OK,
	    "not shipped by this configuration: pid 8 (user prom) writes to "
	    "/other/data",
	    "");
	/* One whose log that is not is believed only if there is no other. */
	add(p, 9, p->data)->foreign = true;
	patient_finds(p, origin_prometheus, FINDING_OK, "pid 7", "");
	p->exam.prometheus.found[0].foreign = true;
	patient_finds(p, origin_prometheus, FINDING_WARN,
	    "where the log belongs to another user", "any user can");
}

static void
test_another_path_to_the_same_directory_will_do(void **state)
{
	struct patient *p = *state;

	tree_link(&p->tree, "link", "data");
	add(p, 7, tree_path(&p->tree, "link"));
	patient_finds(p, origin_prometheus, FINDING_OK, "pid 7", "");
}

static void
test_one_that_writes_elsewhere_says_what_to_set(void **state)
{
	struct patient *p = *state;

	add(p, 7, "/other/data");
	patient_finds(p, origin_prometheus, FINDING_FAIL,
	    "pid 7 (user prom) writes to /other/data",
	    "set prometheus.data_dir to /other/data");
}

static void
test_of_several_none_is_guessed(void **state)
{
	struct patient *p = *state;

	add(p, 7, "/one");
	add(p, 8, "/two");
	p->exam.prometheus.left_out = 3;
	patient_finds(p, origin_prometheus, FINDING_FAIL,
	    "/one; pid 8 (user prom) writes to /two; and 3 more",
	    "the one that is meant");
}

static void
test_what_only_a_container_has_needs_a_volume(void **state)
{
	struct patient *p = *state;
	struct prometheus_process *one = add(p, 7, "/proc/7/root/prometheus");

	one->data_dir.passing = true;
	(void)strcpy(one->data_dir.inside, "/prometheus");
	patient_finds(p, origin_prometheus, FINDING_FAIL,
	    "writes to /proc/7/root/prometheus, which it calls /prometheus",
	    "a volume");
}

static void
test_one_that_we_may_not_look_at_is_named_as_such(void **state)
{
	struct patient *p = *state;
	struct prometheus_process *one = add(p, 7, NULL);

	patient_finds(p, origin_prometheus, FINDING_FAIL,
	    "pid 7 (user prom) writes to where we may not look: run doctor as "
	    "root",
	    "--storage.tsdb.path");
	one->data_dir.inside = strdup("/gone");
	patient_finds(p, origin_prometheus, FINDING_FAIL,
	    "writes to /gone, which is not there", "--storage.tsdb.path");
}

static void
test_a_log_that_grows_is_somebodys(void **state)
{
	struct patient *p = *state;

	age_log(p, 10);
	patient_finds(
	    p, origin_prometheus, FINDING_OK, "no Prometheus is seen", "");
	p->exam.prometheus.closed = 5;
	patient_finds(p, origin_prometheus, FINDING_OK, "only our own", "");
	add(p, 7, "/other/data");
	patient_finds(p, origin_prometheus, FINDING_OK, "/other/data", "");
}

static void
test_a_log_at_rest_is_a_warning(void **state)
{
	struct patient *p = *state;

	age_log(p, 1000);
	patient_finds(p, origin_prometheus, FINDING_WARN,
	    "nobody has written to", "start Prometheus");
	add(p, 7, "/other/data");
	patient_finds(p, origin_prometheus, FINDING_FAIL, "nobody writes to",
	    "/other/data");
}

static void
test_without_a_log_and_a_prometheus_it_fails(void **state)
{
	patient_finds(*state, origin_prometheus, FINDING_FAIL,
	    "there is no log", "--storage.tsdb.path");
}

static void
test_what_may_be_read_is_said_of_whom(void **state)
{
	struct patient *p = *state;

	patient_finds(
	    p, origin_permission, FINDING_OK, "the user tester can read", "");
	assert_int_equal(rmdir(p->wal), 0);
	assert_int_equal(rmdir(p->data), 0);
	patient_finds(p, origin_permission, FINDING_FAIL,
	    "as the user tester: ", "set prometheus.data_dir");
}

/* An exam_facts_fn who knows. */
static bool
knows(struct exam *exam, struct facts *ret)
{
	(void)exam;
	(void)strcpy(ret->text[FACT_VM_ID], "vm-1");
	return true;
}

/* The same who does not. */
static bool
knows_nothing(struct exam *exam, struct facts *ret)
{
	(void)exam;
	(void)ret;
	return false;
}

static void
test_facts_that_labels_name_are_asked_for(void **state)
{
	static const char config[] =
	    "external_labels: {vm: '${vmId}', site: here}\n"
	    "remote_write: [{url: 'http://localhost:1/'}]\n";
	struct patient *p = *state;

	patient_finds(p, origin_machine, FINDING_OK, "no label names", "");
	patient_configure(p, config);
	p->exam.facts = knows;
	patient_finds(p, origin_machine, FINDING_OK, "vm-1", "");
	assert_int_equal(p->exam.config->external_labels_len, 2);
	assert_string_equal(p->exam.config->external_labels[1].value, "vm-1");
	patient_configure(p, config);
	p->exam.facts = knows_nothing;
	patient_finds(p, origin_machine, FINDING_FAIL, "nobody answers",
	    "in place of ${vmId}");
	/* So that the other steps have labels that can be sent. */
	assert_int_equal(p->exam.config->external_labels_len, 1);
	patient_configure(p, config);
	p->exam.facts = NULL;
	patient_finds(
	    p, origin_machine, FINDING_FAIL, "nobody answers", "Azure Arc");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PATIENT_TEST(test_faults_of_the_configuration_fail),
		PATIENT_TEST(test_who_writes_there_is_named),
		PATIENT_TEST(test_another_path_to_the_same_directory_will_do),
		PATIENT_TEST(test_one_that_writes_elsewhere_says_what_to_set),
		PATIENT_TEST(test_of_several_none_is_guessed),
		PATIENT_TEST(test_what_only_a_container_has_needs_a_volume),
		PATIENT_TEST(test_one_that_we_may_not_look_at_is_named_as_such),
		PATIENT_TEST(test_a_log_that_grows_is_somebodys),
		PATIENT_TEST(test_a_log_at_rest_is_a_warning),
		PATIENT_TEST(test_without_a_log_and_a_prometheus_it_fails),
		PATIENT_TEST(test_what_may_be_read_is_said_of_whom),
		PATIENT_TEST(test_facts_that_labels_name_are_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
