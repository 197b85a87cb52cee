/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <unistd.h>

#include "agent/spool/discard.h"

struct discard {
	int fd;
	struct worker_job job;
};

/* On the worker. */
static void
work(void *arg)
{
	const struct discard *discard = arg;

	(void)close(discard->fd);
}

void
discard_fd(struct worker *worker, int fd)
{
	struct discard *discard;

	if (fd == -1)
		return;
	if ((discard = calloc(1, sizeof(*discard))) == NULL) {
		(void)close(fd);
		return;
	}
	discard->fd = fd;
	discard->job = (struct worker_job){
		.work = work,
		.done = free,
		.arg = discard,
	};
	worker_submit(worker, &discard->job);
}
