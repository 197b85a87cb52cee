/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/spool/choose.h"
#include "tests/unit/base/lazy.h"
#include "tests/unit/http/sim.h"
#include "tests/unit/spool/scratch.h"
#include "tests/unit/wal/scratch.h"

static int link_error; /* What linkat says; 0: what it will. */

int __real_linkat(
    int from_dir, const char *from, int to_dir, const char *to, int flags);
int __wrap_linkat(
    int from_dir, const char *from, int to_dir, const char *to, int flags);
int
__wrap_linkat(
    int from_dir, const char *from, int to_dir, const char *to, int flags)
{
	errno = link_error;
	return link_error != 0
	    ? -1
	    : __real_linkat(from_dir, from, to_dir, to, flags);
}

/* A log, where what is held of it is to be, and what is said of that. */
struct scene {
	struct scratch data, beside;
	char wal[80], dir[80];
	struct sim *sim;
	struct lazy lazy;
	struct stats *stats;
	struct config config;
	struct chooser chooser;
	int log;
};

static int
set_up(void **state)
{
	static struct scene scene;

	scene = (struct scene){ .log = scratch_file() };
	link_error = 0;
	(void)unsetenv("NOTIFY_SOCKET");
	log_init(LOG_INFO, LOG_LOGFMT);
	log_to(scene.log);
	scratch_open(&scene.data);
	scratch_open(&scene.beside);
	(void)snprintf(scene.wal, sizeof(scene.wal), "%s/wal", scene.data.path);
	(void)snprintf(
	    scene.dir, sizeof(scene.dir), "%s/spool", scene.beside.path);
	if (mkdir(scene.wal, 0700) != 0)
		return -1;
	scene.sim = sim_new(&(struct sim_receiver){ 0 });
	lazy_init(&scene.lazy);
	scene.stats = stats_new();
	scene.config.data_dir = scene.data.path;
	scene.config.spool.dir = scene.dir;
	*state = &scene;
	return scene.sim == NULL || scene.stats == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	struct scene *scene = *state;

	chooser_release(&scene->chooser);
	lazy_work(&scene->lazy);
	stats_free(scene->stats);
	sim_free(scene->sim);
	(void)unlinkat(scene->data.dir, "wal/00000000", 0);
	scratch_close(&scene->data);
	scratch_close(&scene->beside);
	log_to(STDERR_FILENO);
	(void)close(scene->log);
	return 0;
}

static int
init(struct scene *scene, enum config_spool_mode mode)
{
	scene->config.spool.mode = mode;
	return chooser_init(&scene->chooser,
	    &(struct chooser_options){
		.clock = sim_clock(scene->sim),
		.worker = &scene->lazy.worker,
		.stats = scene->stats,
		.config = &scene->config,
		.wal_dir = scene->wal,
	    });
}

/* What is chosen. */
static const char *
chosen(const struct scene *scene)
{
	return scene->chooser.way == NULL ? "none" : scene->chooser.way->mode;
}

/* Whether ${text} was logged. */
static bool
logged(const struct scene *scene, const char *text)
{
	static char all[8192];
	ssize_t len = pread(scene->log, all, sizeof(all) - 1, 0);

	assert_true(len >= 0);
	all[len] = '\0';
	return strstr(all, text) != NULL;
}

/* There is a log. */
static void
begin_log(struct scene *scene)
{
	scratch_write(&scene->data, "wal/00000000", "text");
}

static void
links_are_the_best(void **state)
{
	struct scene *scene = *state;

	begin_log(scene);
	assert_int_equal(init(scene, CONFIG_SPOOL_AUTO), 0);
	assert_string_equal(chosen(scene), "link");
	assert_true(logged(scene, "mode=link"));
	assert_false(logged(scene, "level=warn"));
}

/* What the kernel says of a link decides, and what to do is said. */
static void
where_no_link_can_be_made_it_is_descriptors(void **state)
{
	static const struct {
		int error;
		const char *advice;
	} cases[] = {
		{ EPERM, "run walship as Prometheus's user" },
		{ EXDEV, "give the unit one ReadWritePaths=" },
		{ EMLINK, "its filesystem has hard links" },
	};
	struct scene *scene = *state;
	size_t i;

	begin_log(scene);
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		link_error = cases[i].error;
		assert_int_equal(init(scene, CONFIG_SPOOL_AUTO), 0);
		assert_string_equal(chosen(scene), "fd");
		assert_true(logged(scene, cases[i].advice));
		assert_true(logged(scene, "mode=fd"));
		chooser_release(&scene->chooser);
	}
	assert_false(logged(scene, "level=error"));
	assert_true(logged(
	    scene, "level=info msg=\"segments cannot be held in this way\""));
	assert_false(logged(
	    scene, "level=warn msg=\"segments cannot be held in this way\""));
}

static void
what_is_asked_for_is_tried_alone(void **state)
{
	struct scene *scene = *state;

	begin_log(scene);
	assert_int_equal(init(scene, CONFIG_SPOOL_FD), 0);
	assert_string_equal(chosen(scene), "fd");
	chooser_release(&scene->chooser);
	link_error = EPERM;
	assert_int_equal(init(scene, CONFIG_SPOOL_LINK), -1);
	assert_string_equal(chosen(scene), "none");
	assert_true(logged(scene, "level=error"));
}

static void
without_a_directory_nothing_is_held(void **state)
{
	struct scene *scene = *state;

	begin_log(scene);
	scratch_write(&scene->beside, "spool", "a file");
	assert_int_equal(init(scene, CONFIG_SPOOL_AUTO), 0);
	assert_string_equal(chosen(scene), "none");
	assert_true(logged(scene, "segments are not held"));
	assert_true(logged(scene,
	    "level=warn msg=\"segments cannot be held in this way\" mode=fd"));
	assert_int_equal(init(scene, CONFIG_SPOOL_FD), -1);
}

/* There may be no segment yet; then the first tells. */
static void
without_a_segment_it_is_chosen_later(void **state)
{
	struct scene *scene = *state;
	struct spool_way *way;

	assert_int_equal(init(scene, CONFIG_SPOOL_LINK), 0);
	assert_string_equal(chosen(scene), "none");
	assert_int_equal(lseek(scene->log, 0, SEEK_END), 0);
	begin_log(scene);
	way = chooser_choose(&scene->chooser, "00000000");
	assert_non_null(way);
	assert_string_equal(way->mode, "link");
	way->free(way);
	assert_null(chooser_choose(&scene->chooser, "00000000"));
}

static void
what_was_chosen_is_taken_once(void **state)
{
	struct scene *scene = *state;
	struct spool_way *way;

	begin_log(scene);
	assert_int_equal(init(scene, CONFIG_SPOOL_AUTO), 0);
	way = chooser_choose(&scene->chooser, "00000000");
	assert_non_null(way);
	assert_null(scene->chooser.way);
	chooser_release(&scene->chooser);
	way->free(way);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(links_are_the_best),
		TEST(where_no_link_can_be_made_it_is_descriptors),
		TEST(what_is_asked_for_is_tried_alone),
		TEST(without_a_directory_nothing_is_held),
		TEST(without_a_segment_it_is_chosen_later),
		TEST(what_was_chosen_is_taken_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
