/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "packaging/azure/extension/child.h"
#include "packaging/azure/extension/health.h"

#define ASK_TIME 30u       /* Seconds until it should have answered. */
#define RECEIVERS_MAX 1024 /* That are looked at. */
#define MINUTE 60u         /* Seconds. */

/* Count the receiver ${json} in. */
static void
take(struct health *health, const json_t *json)
{
	const char *level = json_string_value(json_object_get(json, "level"));
	const char *name = json_string_value(json_object_get(json, "name"));
	const char *said = json_string_value(json_object_get(json, "sentence"));
	double delivered =
	    json_number_value(json_object_get(json, "delivered"));

	health->receivers++;
	if (delivered > 0 && level != NULL && strcmp(level, "trouble") != 0) {
		health->reached++;
		return;
	}
	if (health->why[0] == '\0')
		(void)snprintf(health->why, sizeof(health->why),
		    "%.128s: %.768s", name != NULL ? name : "a receiver",
		    said != NULL ? said : "nothing is known of it");
}

void
health_decode(struct health *health, const char *data, size_t len)
{
	json_t *json = json_loadb(data, len, 0, NULL);
	const json_t *receivers = json_object_get(json, "destinations");
	size_t i;

	*health = (struct health){ 0 };
	for (i = 0; i < json_array_size(receivers) && i < RECEIVERS_MAX; i++)
		take(health, json_array_get(receivers, i));
	if (json == NULL)
		(void)snprintf(health->why, sizeof(health->why),
		    "walship does not say how it stands");
	else if (health->receivers == 0)
		(void)snprintf(health->why, sizeof(health->why),
		    "walship has no receiver");
	json_decref(json);
}

void
health_ask(struct health *health, const char *config)
{
	const char *const argv[] = { "walship", "status", "--json", "-c",
		config, NULL };
	struct child child;
	const char *json;
	int status;

	child_init(&child, HEALTH_MAX);
	status = child_run(&child, ASK_TIME, argv);
	json = strchr(buf_text(&child.said), '{');
	if (json != NULL) {
		health_decode(health, json, strlen(json));
	} else {
		*health = (struct health){ 0 };
		(void)snprintf(health->why, sizeof(health->why), "%.768s",
		    status >= 0 ? child_last_line(&child)
				: "walship does not answer");
	}
	child_release(&child);
}

enum status_kind
health_judge(const struct health *health, struct health_memory *memory,
    uint64_t now, unsigned minutes, char *message)
{
	bool well =
	    health->receivers > 0 && health->reached == health->receivers;

	if (memory->since == 0 || well)
		memory->since = now;
	memory->reached = memory->reached || well;
	if (well) {
		(void)snprintf(message, STATUS_MESSAGE_MAX,
		    "samples are acknowledged by %u of %u receivers",
		    health->reached, health->receivers);
		return STATUS_SUCCESS;
	}
	if (now - memory->since >= (uint64_t)minutes * MINUTE) {
		(void)snprintf(message, STATUS_MESSAGE_MAX,
		    "no samples were acknowledged for %u minutes: %s",
		    (unsigned)((now - memory->since) / MINUTE), health->why);
		return STATUS_WARNING;
	}
	(void)snprintf(message, STATUS_MESSAGE_MAX,
	    memory->reached ? "samples were acknowledged; now: %s"
			    : "waiting for samples to be acknowledged: %s",
	    health->why);
	return memory->reached ? STATUS_SUCCESS : STATUS_TRANSITIONING;
}
