/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "packaging/azure/extension/place.h"
#include "packaging/azure/extension/watch.h"

void
watch_init(struct watch *watch, struct handler *handler, uint32_t sequence,
    unsigned minutes)
{
	*watch = (struct watch){ .handler = handler,
		.sequence = sequence,
		.minutes = minutes,
		.applied = time(NULL) };
}

/* Tell how it stands, and log what is not as it was. */
static void
tell(struct watch *watch, enum status_kind kind, const char *message)
{
	const struct environment *environment = &watch->handler->environment;
	struct status status = { .kind = kind,
		.code = kind == STATUS_WARNING ? OUTCOME_FAILED : OUTCOME_OK,
		.message = message,
		.applied = watch->applied };

	if (status_write(environment, watch->sequence, &status, time(NULL)) !=
		0 ||
	    status_write_heartbeat(environment, kind, message) != 0)
		log_error("cannot write the status",
		    LOG_STR("folder", environment->status_folder),
		    LOG_ERRNO(errno));
	if (kind != watch->kind || strcmp(message, watch->message) != 0)
		log_info("told the agent", LOG_STR("status", status_name(kind)),
		    LOG_STR("message", message));
	watch->kind = kind;
	(void)strcpy(watch->message, message);
}

unsigned
watch_look(struct watch *watch, uint64_t now)
{
	char message[STATUS_MESSAGE_MAX];
	enum status_kind kind;
	struct health health;
	struct path config;

	if (path_set(&config, "%s" PLACE_CONFIG, watch->handler->root) != 0)
		return WATCH_LATER;
	health_ask(&health, config.text);
	kind =
	    health_judge(&health, &watch->memory, now, watch->minutes, message);
	tell(watch, kind, message);
	return kind == STATUS_TRANSITIONING ? WATCH_FIRST : WATCH_LATER;
}

void
watch_run(struct watch *watch)
{
	struct timespec now;

	for (;;) {
		(void)clock_gettime(CLOCK_BOOTTIME, &now);
		(void)sleep(watch_look(watch, (uint64_t)now.tv_sec));
	}
}
