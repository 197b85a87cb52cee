/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/unit/spool/scene.h"

static void
what_is_held_is_read_though_it_was_deleted(void **state)
{
	struct scene *scene = *state;

	scene_begin(scene);
	assert_int_equal(scene_hold(scene, 1), 0);
	assert_int_equal(scene_pinned(scene, 1), 0);
	scene_delete(scene, 1);
	assert_true(scene_holds(scene, 1));
	assert_true(scene_holds(scene, 1)); /* At offset 0 once more. */
	assert_true(scene_pinned(scene, 1) > 0);
	scene_let_go(scene, 1);
	assert_false(scene_holds(scene, 1));
	assert_int_equal(scene_pinned(scene, 1), 0);
	scene_let_go(scene, 1);
}

static void
what_was_deleted_is_copied_and_its_descriptor_closed(void **state)
{
	struct scene *scene = *state;
	int before, after;

	scene_begin(scene);
	before = dup(0);
	(void)close(before);
	assert_int_equal(scene_hold(scene, 1), 0);
	assert_int_equal(scene_hold(scene, 2), 0);
	scene_delete(scene, 1);
	lazy_work(&scene->lazy);
	assert_true(scene_has_copied(scene, 1));
	assert_true(scene_holds(scene, 1));
	assert_true(scene_pinned(scene, 1) > 0);
	scene_let_go(scene, 1);
	assert_false(scene_has_copied(scene, 1));
	scene_let_go(scene, 2);
	lazy_work(&scene->lazy);
	after = dup(0);
	(void)close(after);
	assert_int_equal(after, before);
}

/* Prometheus may still write to it. */
static void
the_youngest_is_not_copied_before_another_is_held(void **state)
{
	struct scene *scene = *state;

	scene_begin(scene);
	assert_int_equal(scene_hold(scene, 1), 0);
	scene_delete(scene, 1);
	lazy_work(&scene->lazy);
	assert_false(scene_has_copied(scene, 1));
	assert_int_equal(scene_hold(scene, 2), 0);
	lazy_work(&scene->lazy);
	assert_true(scene_has_copied(scene, 1));
	assert_false(scene_has_copied(scene, 2));
}

static void
what_is_let_go_while_it_is_copied_leaves_nothing(void **state)
{
	struct scene *scene = *state;
	struct worker_job *job;

	scene_begin(scene);
	assert_int_equal(scene_hold(scene, 1), 0);
	assert_int_equal(scene_hold(scene, 2), 0);
	scene_delete(scene, 1);
	scene_let_go(scene, 1);
	lazy_work(&scene->lazy);
	assert_false(scene_has_copied(scene, 1));
	/* No more of it, but its descriptor is closed. */
	assert_int_equal(scene->lazy.submitted, 2);

	/* At its last moment. */
	assert_int_equal(scene_hold(scene, 3), 0);
	scene_delete(scene, 2);
	for (;;) {
		job = scene->lazy.first;
		scene->lazy.first = scene->lazy.last = NULL;
		job->work(job->arg);
		if (scene_has_copied(scene, 2))
			break;
		job->done(job->arg);
	}
	scene_let_go(scene, 2);
	job->done(job->arg);
	assert_false(scene_has_copied(scene, 2));
	assert_false(scene_holds(scene, 2));
}

static void
a_copy_for_which_there_is_no_room_is_tried_again(void **state)
{
	struct scene *scene = *state;

	scene->min_free = INT64_MAX;
	scene_begin(scene);
	assert_int_equal(scene_hold(scene, 1), 0);
	assert_int_equal(scene_hold(scene, 2), 0);
	scene_delete(scene, 1);
	lazy_work(&scene->lazy);
	assert_false(scene_has_copied(scene, 1));
	assert_true(scene_holds(scene, 1));
	assert_int_equal(scene->lazy.submitted, 2);
	assert_int_equal(sim_run(scene->sim, FD_RETRY), 1);
	assert_int_equal(scene->lazy.submitted, 3);
	lazy_work(&scene->lazy);
	assert_true(scene_holds(scene, 1));
}

/* In a process that may have few files open. */
static void
without_a_descriptor_the_oldest_is_copied(void **state)
{
	struct scene *scene = *state;
	struct rlimit before, limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = (struct rlimit){ 60, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	scene_begin(scene);
	/* It was raised as far as can be: have it come to the limit. */
	limit.rlim_cur = 30;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	uint64_t number = 1;
	while (scene_hold(scene, number) == 0)
		number++;
	assert_int_equal(errno, EMFILE);
	limit.rlim_cur = 60; /* For the copy itself. */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	lazy_work(&scene->lazy);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	if (!scene_has_copied(scene, 1)) { /* It could not begin: later. */
		(void)sim_run(scene->sim, FD_RETRY);
		lazy_work(&scene->lazy);
	}
	assert_true(scene_has_copied(scene, 1));
	assert_true(scene_holds(scene, 1));
	assert_int_equal(scene_pinned(scene, 2), 0);
}

static void
a_stop_copies_what_was_deleted_and_the_youngest_too(void **state)
{
	struct scene *scene = *state;
	uint64_t deadline = sim_now(scene->sim) + CLOCK_SEC;

	scene_begin(scene);
	assert_int_equal(scene_hold(scene, 1), 0);
	assert_int_equal(scene_hold(scene, 2), 0);
	scene_delete(scene, 2);
	assert_false(scene->way->settle(scene->way, deadline));
	lazy_work(&scene->lazy);
	assert_true(scene->way->settle(scene->way, deadline));
	assert_true(scene_has_copied(scene, 2));
	assert_false(scene_has_copied(scene, 1));

	/* The next life. */
	scene_end(scene);
	scene_begin(scene);
	scene_list(scene);
	assert_int_equal(scene->listed_len, 1);
	assert_int_equal(scene->listed[0], 2);
	assert_true(scene_holds(scene, 2));
}

/* As with a log that was removed with its directory. */
static void
at_a_stop_what_was_deleted_unheard_is_copied(void **state)
{
	struct scene *scene = *state;
	uint64_t deadline = sim_now(scene->sim) + CLOCK_SEC;

	scene_begin(scene);
	assert_int_equal(scene_hold(scene, 1), 0);
	assert_int_equal(unlinkat(scene->log.dir, "00000001", 0), 0);
	assert_false(scene->way->settle(scene->way, deadline));
	lazy_work(&scene->lazy);
	assert_true(scene->way->settle(scene->way, deadline));
	assert_true(scene_has_copied(scene, 1));
}

static void
a_stop_does_not_last_longer_than_it_may(void **state)
{
	struct scene *scene = *state;

	scene_begin(scene);
	assert_int_equal(scene_hold(scene, 1), 0);
	assert_int_equal(scene_hold(scene, 2), 0);
	scene_delete(scene, 1);
	assert_false(
	    scene->way->settle(scene->way, sim_now(scene->sim) + CLOCK_SEC));
	assert_true(scene->way->settle(scene->way, sim_now(scene->sim)));
	scene_end(scene);
	assert_false(scene_has_copied(scene, 1));
}

static void
a_stop_goes_on_though_a_copy_fails(void **state)
{
	struct scene *scene = *state;
	uint64_t deadline = sim_now(scene->sim) + CLOCK_SEC;

	scene->min_free = INT64_MAX;
	scene_begin(scene);
	assert_int_equal(scene_hold(scene, 1), 0);
	scene_delete(scene, 1);
	assert_false(scene->way->settle(scene->way, deadline));
	lazy_work(&scene->lazy);
	assert_true(scene->way->settle(scene->way, deadline));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, scene_set_up, scene_tear_down)
		TEST(what_is_held_is_read_though_it_was_deleted),
		TEST(what_was_deleted_is_copied_and_its_descriptor_closed),
		TEST(the_youngest_is_not_copied_before_another_is_held),
		TEST(what_is_let_go_while_it_is_copied_leaves_nothing),
		TEST(a_copy_for_which_there_is_no_room_is_tried_again),
		TEST(without_a_descriptor_the_oldest_is_copied),
		TEST(a_stop_copies_what_was_deleted_and_the_youngest_too),
		TEST(at_a_stop_what_was_deleted_unheard_is_copied),
		TEST(a_stop_does_not_last_longer_than_it_may),
		TEST(a_stop_goes_on_though_a_copy_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
