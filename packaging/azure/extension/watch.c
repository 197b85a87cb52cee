/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "agent/base/log.h"
#include "packaging/azure/extension/health.h"
#include "packaging/azure/extension/place.h"
#include "packaging/azure/extension/watch.h"

/* What was reported last. */
struct report {
	enum status_kind kind;
	char message[STATUS_MESSAGE_MAX];
};

static uint64_t
second_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec;
}

/* Write how it stands, and log what is not as it was. */
static void
report(struct handler *handler, uint32_t sequence, struct report *last,
    const struct report *now, time_t applied)
{
	const struct environment *environment = &handler->environment;
	struct status status = { .kind = now->kind,
		.code =
		    now->kind == STATUS_WARNING ? OUTCOME_FAILED : OUTCOME_OK,
		.message = now->message,
		.applied = applied };

	if (status_write(environment, sequence, &status, time(NULL)) != 0 ||
	    status_write_heartbeat(environment, now->kind, now->message) != 0)
		log_error("cannot write the status",
		    LOG_STR("folder", environment->status_folder),
		    LOG_ERRNO(errno));
	if (now->kind != last->kind || strcmp(now->message, last->message) != 0)
		log_info("reported", LOG_INT("kind", now->kind),
		    LOG_STR("message", now->message));
	*last = *now;
}

int
watch(struct handler *handler, uint32_t sequence, unsigned minutes)
{
	struct report last = { .kind = STATUS_TRANSITIONING }, now;
	struct health_memory memory = { 0 };
	time_t applied = time(NULL);
	struct health health;
	struct path config;
	struct timespec pause = { 0 };

	if (path_set(&config, "%s" PLACE_CONFIG, handler->root) != 0)
		return OUTCOME_FAILED;
	for (;;) {
		health_ask(&health, config.text);
		now.kind = health_judge(
		    &health, &memory, second_now(), minutes, now.message);
		report(handler, sequence, &last, &now, applied);
		pause.tv_sec =
		    now.kind == STATUS_SUCCESS ? WATCH_LATER : WATCH_FIRST;
		(void)nanosleep(&pause, NULL);
	}
}
