/* SPDX-License-Identifier: Apache-2.0 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/worker.h"

/* Jobs in the order in which they came. */
struct queue {
	struct worker_job *first, **end;
};

struct thread {
	struct worker worker; /* At the head: what callers hold. */
	pthread_t id;
	int news; /* An eventfd, readable when something is done. */
	sd_event_source *source;

	pthread_mutex_t lock; /* Of what follows. */
	pthread_cond_t more;
	struct queue todo, done;
	size_t untold; /* Jobs that were given, and not told of. */
	bool leaving;
};

static void
put(struct queue *queue, struct worker_job *job)
{
	job->next = NULL;
	*queue->end = job;
	queue->end = &job->next;
}

static struct worker_job *
take(struct queue *queue)
{
	struct worker_job *job = queue->first;

	if (job != NULL && (queue->first = job->next) == NULL)
		queue->end = &queue->first;
	return job;
}

/* The thread's life. */
static void *
live(void *arg)
{
	struct thread *thread = arg;
	struct worker_job *job;

	(void)pthread_mutex_lock(&thread->lock);
	for (;;) {
		while ((job = take(&thread->todo)) == NULL && !thread->leaving)
			(void)pthread_cond_wait(&thread->more, &thread->lock);
		if (job == NULL)
			break;
		(void)pthread_mutex_unlock(&thread->lock);
		job->work(job->arg);
		(void)pthread_mutex_lock(&thread->lock);
		put(&thread->done, job);
		(void)eventfd_write(thread->news, 1);
	}
	(void)pthread_mutex_unlock(&thread->lock);
	return NULL;
}

/* Tell whoever gave the jobs that are done. */
static void
report(struct thread *thread)
{
	struct worker_job *job;

	for (;;) {
		(void)pthread_mutex_lock(&thread->lock);
		if ((job = take(&thread->done)) != NULL)
			thread->untold--;
		(void)pthread_mutex_unlock(&thread->lock);
		if (job == NULL)
			return;
		job->done(job->arg);
	}
}

static int
hear(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	eventfd_t count;

	(void)source;
	(void)events;
	(void)eventfd_read(fd, &count);
	report(arg);
	return 0;
}

static void
submit(struct worker *worker, struct worker_job *job)
{
	struct thread *thread = (struct thread *)worker;

	(void)pthread_mutex_lock(&thread->lock);
	put(&thread->todo, job);
	thread->untold++;
	(void)pthread_cond_signal(&thread->more);
	(void)pthread_mutex_unlock(&thread->lock);
}

static void
dismantle(struct thread *thread)
{
	sd_event_source_disable_unref(thread->source);
	if (thread->news != -1)
		(void)close(thread->news);
	(void)pthread_cond_destroy(&thread->more);
	(void)pthread_mutex_destroy(&thread->lock);
	free(thread);
}

/* Start the thread, which takes no signal: they are the loop's. */
static int
start(struct thread *thread)
{
	sigset_t all, before;
	int error;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread->id, NULL, live, thread);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error == 0 ? 0 : -1;
}

struct worker *
worker_thread_new(sd_event *event)
{
	struct thread *thread;

	if ((thread = calloc(1, sizeof(*thread))) == NULL)
		return NULL;
	thread->worker.submit = submit;
	thread->todo.end = &thread->todo.first;
	thread->done.end = &thread->done.first;
	(void)pthread_mutex_init(&thread->lock, NULL);
	(void)pthread_cond_init(&thread->more, NULL);
	thread->news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (thread->news == -1 ||
	    sd_event_add_io(event, &thread->source, thread->news, EPOLLIN, hear,
		thread) < 0 ||
	    start(thread) != 0) {
		dismantle(thread);
		return NULL;
	}
	return &thread->worker;
}

static uint64_t
now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * CLOCK_SEC +
	    (uint64_t)time.tv_nsec / 1000;
}

static bool
is_idle(struct thread *thread)
{
	bool is;

	(void)pthread_mutex_lock(&thread->lock);
	is = thread->untold == 0;
	(void)pthread_mutex_unlock(&thread->lock);
	return is;
}

/*
 * Tell of all that gets done; who is told may have given another job, which
 * counts.  Return false if that does not come to an end.
 */
static bool
finish(struct thread *thread)
{
	struct pollfd news = { .fd = thread->news, .events = POLLIN };
	uint64_t until = now() + WORKER_PATIENCE, time;
	eventfd_t count;

	while (!is_idle(thread)) {
		if ((time = now()) >= until)
			return false;
		(void)poll(&news, 1, (int)((until - time) / CLOCK_MSEC) + 1);
		(void)eventfd_read(thread->news, &count);
		report(thread);
	}
	return true;
}

int
worker_thread_free(struct worker *worker)
{
	struct thread *thread = (struct thread *)worker;
	bool finished;

	if (thread == NULL)
		return 0;
	finished = finish(thread);
	(void)pthread_mutex_lock(&thread->lock);
	thread->leaving = true;
	(void)pthread_cond_signal(&thread->more);
	(void)pthread_mutex_unlock(&thread->lock);
	if (!finished) {
		thread->source = sd_event_source_disable_unref(thread->source);
		return -1;
	}
	(void)pthread_join(thread->id, NULL);
	dismantle(thread);
	return 0;
}
