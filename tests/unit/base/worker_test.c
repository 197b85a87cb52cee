/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdbool.h>
#include <unistd.h>

#include "agent/base/worker.h"

#define JOBS 3u

/* What jobs do, and in which order and on which thread. */
struct bench {
	sd_event *event;
	struct worker *worker;
	pthread_t loop;
	int block[2]; /* A pipe: jobs wait until it can be read. */
	struct job {
		struct bench *bench;
		struct worker_job job;
		unsigned int worked, told; /* Its turn, from 1; 0: not yet. */
		bool waits;                /* For the pipe. */
	} jobs[JOBS];
	unsigned int worked, told;
};

static void
work(void *arg)
{
	struct job *job = arg;
	char byte;

	assert_false(pthread_equal(pthread_self(), job->bench->loop));
	if (job->waits)
		assert_int_equal(read(job->bench->block[0], &byte, 1), 1);
	job->worked = ++job->bench->worked;
}

static void
done(void *arg)
{
	struct job *job = arg;

	assert_true(pthread_equal(pthread_self(), job->bench->loop));
	assert_int_not_equal(job->worked, 0);
	job->told = ++job->bench->told;
}

static int
set_up(void **state)
{
	static struct bench bench;
	unsigned int i;

	bench = (struct bench){ .loop = pthread_self() };
	for (i = 0; i < JOBS; i++) {
		bench.jobs[i].bench = &bench;
		bench.jobs[i].job.work = work;
		bench.jobs[i].job.done = done;
		bench.jobs[i].job.arg = &bench.jobs[i];
	}
	*state = &bench;
	if (pipe(bench.block) != 0 || sd_event_new(&bench.event) < 0)
		return -1;
	bench.worker = worker_thread_new(bench.event);
	return bench.worker == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	struct bench *bench = *state;

	sd_event_unref(bench->event);
	(void)close(bench->block[0]);
	(void)close(bench->block[1]);
	return 0;
}

/* Run the loop until ${count} jobs were told of. */
static void
run_until_told(struct bench *bench, unsigned int count)
{
	while (bench->told < count)
		assert_true(sd_event_run(bench->event, UINT64_MAX) >= 0);
}

static void
jobs_are_done_on_the_thread_and_told_on_the_loop_in_order(void **state)
{
	struct bench *bench = *state;
	unsigned int i;

	for (i = 0; i < JOBS; i++)
		worker_submit(bench->worker, &bench->jobs[i].job);
	run_until_told(bench, JOBS);
	for (i = 0; i < JOBS; i++) {
		assert_int_equal(bench->jobs[i].worked, i + 1);
		assert_int_equal(bench->jobs[i].told, i + 1);
	}
	assert_int_equal(worker_thread_free(bench->worker), 0);
}

static void
a_job_can_be_given_again_after_it_was_told(void **state)
{
	struct bench *bench = *state;

	worker_submit(bench->worker, &bench->jobs[0].job);
	run_until_told(bench, 1);
	worker_submit(bench->worker, &bench->jobs[0].job);
	run_until_told(bench, 2);
	assert_int_equal(bench->jobs[0].worked, 2);
	assert_int_equal(worker_thread_free(bench->worker), 0);
}

static void
what_blocks_does_not_block_the_loop(void **state)
{
	struct bench *bench = *state;

	bench->jobs[0].waits = true;
	worker_submit(bench->worker, &bench->jobs[0].job);
	worker_submit(bench->worker, &bench->jobs[1].job);
	assert_int_equal(sd_event_run(bench->event, 1000), 0);
	assert_int_equal(bench->told, 0);
	assert_int_equal(write(bench->block[1], "x", 1), 1);
	run_until_told(bench, 2);
	assert_int_equal(worker_thread_free(bench->worker), 0);
}

static void
the_end_waits_for_all_jobs_and_tells(void **state)
{
	struct bench *bench = *state;
	unsigned int i;

	for (i = 0; i < JOBS; i++)
		worker_submit(bench->worker, &bench->jobs[i].job);
	assert_int_equal(worker_thread_free(bench->worker), 0);
	assert_int_equal(bench->told, JOBS);
}

/* Have the next job done, if there is one. */
static void
done_and_next(void *arg)
{
	struct job *job = arg;

	done(job);
	if (job + 1 < job->bench->jobs + JOBS)
		worker_submit(job->bench->worker, &job[1].job);
}

static void
the_end_waits_for_what_comes_of_the_last_job(void **state)
{
	struct bench *bench = *state;
	unsigned int i;

	for (i = 0; i < JOBS; i++)
		bench->jobs[i].job.done = done_and_next;
	worker_submit(bench->worker, &bench->jobs[0].job);
	assert_int_equal(worker_thread_free(bench->worker), 0);
	assert_int_equal(bench->told, JOBS);
}

/* The thread is left behind, and with it what it needs. */
static void
the_end_does_not_wait_for_a_dead_disk(void **state)
{
	struct bench *bench = *state;

	bench->jobs[0].waits = true;
	worker_submit(bench->worker, &bench->jobs[0].job);
	assert_int_equal(worker_thread_free(bench->worker), -1);
	assert_int_equal(bench->told, 0);

	/* Let it go, so that nothing outlives the test. */
	assert_int_equal(write(bench->block[1], "x", 1), 1);
	while (__atomic_load_n(&bench->jobs[0].worked, __ATOMIC_SEQ_CST) == 0)
		(void)usleep(1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(jobs_are_done_on_the_thread_and_told_on_the_loop_in_order),
		TEST(a_job_can_be_given_again_after_it_was_told),
		TEST(what_blocks_does_not_block_the_loop),
		TEST(the_end_waits_for_all_jobs_and_tells),
		TEST(the_end_waits_for_what_comes_of_the_last_job),
		TEST(the_end_does_not_wait_for_a_dead_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
