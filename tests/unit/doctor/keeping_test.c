/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "agent/doctor/keeping.h"
#include "agent/position/state.h"
#include "agent/spool/home.h"
#include "tests/unit/doctor/patient.h"

#define REMOTE "remote_write: [{url: 'http://localhost:1/'}]\n"

/* A configuration whose segments are held by ${mode} in ${dir}. */
static void
hold(struct patient *p, const char *mode, const char *dir)
{
	patient_configure(p, REMOTE);
	free(p->exam.config->spool.dir);
	p->exam.config->spool.dir = strdup(dir);
	p->exam.config->spool.mode = strcmp(mode, "link") == 0
	    ? CONFIG_SPOOL_LINK
	    : strcmp(mode, "fd") == 0   ? CONFIG_SPOOL_FD
	    : strcmp(mode, "auto") == 0 ? CONFIG_SPOOL_AUTO
					: CONFIG_SPOOL_OFF;
}

static void
write_segment(struct patient *p)
{
	tree_write(&p->tree, "data/wal/00000003", "x", 1);
}

static bool
is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

static void
test_a_state_that_is_free_is_well(void **state)
{
	struct patient *p = *state;

	patient_finds(p, keeping_state, FINDING_OK, "will be made", "");
	assert_false(is_there(p->state));
	tree_mkdir(&p->tree, "state");
	patient_finds(p, keeping_state, FINDING_OK, "free to use", "");
	/* It was let go again. */
	patient_finds(p, keeping_state, FINDING_OK, "free to use", "");
}

static void
test_a_state_of_another_is_not(void **state)
{
	struct patient *p = *state;
	int fd = -1;

	tree_mkdir(&p->tree, "state");
	assert_int_equal(state_lock(p->state, &fd), STATE_OK);
	patient_finds(p, keeping_state, FINDING_FAIL, "another walship uses",
	    "stop that one");
	assert_false(p->exam.runs);
	/* One with this very configuration is it. */
	p->exam.running = &(const struct instance){ .pid = 9 };
	patient_finds(p, keeping_state, FINDING_OK,
	    "runs with this configuration (pid 9)", "");
	assert_true(p->exam.runs);
	(void)close(fd);
}

static void
test_a_state_that_is_no_directory_fails(void **state)
{
	struct patient *p = *state;

	tree_write(&p->tree, "state", "", 0);
	patient_finds(p, keeping_state, FINDING_FAIL, "as the user tester",
	    "make this user its owner");
}

static void
test_links_are_tried_and_nothing_stays(void **state)
{
	struct patient *p = *state;

	hold(p, "auto", p->spool);
	patient_finds(p, keeping_spool, FINDING_SKIP, "no segment yet", "");
	write_segment(p);
	patient_finds(p, keeping_spool, FINDING_OK, "by hard links in", "");
	assert_false(is_there(p->spool));
}

static void
test_where_links_cannot_be_descriptors_are(void **state)
{
	struct patient *p = *state;
	char other[] = "/dev/shm/keeping_test.XXXXXX";

	if (mkdtemp(other) == NULL)
		skip();
	write_segment(p);
	hold(p, "auto", other);
	patient_finds(
	    p, keeping_spool, FINDING_OK, "by open descriptors, copied to", "");
	assert_non_null(strstr(p->finding.found, "not by links"));
	hold(p, "link", other);
	patient_finds(p, keeping_spool, FINDING_FAIL, "cannot be linked",
	    "on the filesystem of prometheus.data_dir");
	hold(p, "fd", other);
	patient_finds(
	    p, keeping_spool, FINDING_OK, "by open descriptors, copied to", "");
	assert_null(strstr(p->finding.found, "links"));
	assert_true(is_there(other));
	(void)rmdir(other);
}

static void
test_a_spool_that_cannot_be_used_is_said(void **state)
{
	struct patient *p = *state;
	const char *within = tree_path(&p->tree, "data/spool");

	write_segment(p);
	hold(p, "auto", within);
	patient_finds(p, keeping_spool, FINDING_WARN, "segments are not held",
	    "outside of prometheus.data_dir");
	hold(p, "link", within);
	patient_finds(p, keeping_spool, FINDING_FAIL, "cannot be used",
	    "outside of prometheus.data_dir");
	hold(p, "off", within);
	patient_finds(p, keeping_spool, FINDING_OK, "spool.mode is off", "");
}

static void
test_a_spool_of_the_one_that_runs_is_tried_all_the_same(void **state)
{
	struct patient *p = *state;
	int fd;

	write_segment(p);
	hold(p, "link", p->spool);
	assert_int_not_equal(fd = home_open(p->spool, p->data), -1);
	patient_finds(p, keeping_spool, FINDING_FAIL, "cannot be used",
	    "a spool.dir of its own");
	p->exam.runs = true;
	patient_finds(p, keeping_spool, FINDING_OK, "by hard links", "");
	(void)close(fd);
}

static void
test_room_is_tried_and_the_reserve_looked_at(void **state)
{
	struct patient *p = *state;

	tree_mkdir(&p->tree, "state");
	patient_finds(p, keeping_disk, FINDING_OK, "there is room", "");
	p->exam.config->spool.min_free = INT64_MAX;
	patient_finds(
	    p, keeping_disk, FINDING_WARN, "lacks", "lower spool.min_free");
	p->exam.config->spool.mode = CONFIG_SPOOL_OFF;
	patient_finds(p, keeping_disk, FINDING_OK, "there is room", "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PATIENT_TEST(test_a_state_that_is_free_is_well),
		PATIENT_TEST(test_a_state_of_another_is_not),
		PATIENT_TEST(test_a_state_that_is_no_directory_fails),
		PATIENT_TEST(test_links_are_tried_and_nothing_stays),
		PATIENT_TEST(test_where_links_cannot_be_descriptors_are),
		PATIENT_TEST(test_a_spool_that_cannot_be_used_is_said),
		PATIENT_TEST(
		    test_a_spool_of_the_one_that_runs_is_tried_all_the_same),
		PATIENT_TEST(test_room_is_tried_and_the_reserve_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
