/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "agent/base/log.h"
#include "agent/config/change.h"
#include "agent/prometheus/effective.h"
#include "agent/reloader.h"

#define KEYS_MAX 1024u          /* Bytes of names of keys. */
#define FAULTS_MAX (256u << 10) /* Bytes of faults. */

struct reloader {
	struct reloader_options options;
	struct config *config; /* A share of the last that took effect. */
	struct stat *successful, *success_time;
};

static const struct stat_def successful = {
	.name = "walship_config_last_reload_successful",
	.help = "Whether the last configuration reload attempt was successful.",
	.type = STAT_GAUGE,
};

static const struct stat_def success_time = {
	.name = "walship_config_last_reload_success_timestamp_seconds",
	.help = "Timestamp of the last successful configuration reload.",
	.type = STAT_GAUGE,
};

/* Let the meters know how it went. */
static void
measure(struct reloader *reloader, bool success)
{
	int64_t wall = clock_wall(reloader->options.clock);

	stat_set(reloader->successful, success);
	if (success)
		stat_set(reloader->success_time, (double)wall / 1000);
}

/* Say what is no fault, and yet should be known; to the log if to nobody. */
static void
warn(const struct config *config, struct buf *report)
{
	size_t i;

	for (i = 0; i < config->warnings_len; i++) {
		log_warn("about the configuration",
		    LOG_STR("note", config->warnings[i]));
		if (report != NULL)
			buf_printf(report, "%s\n", config->warnings[i]);
	}
}

struct reloader *
reloader_new(const struct reloader_options *options, struct config *config)
{
	static const char *const none[] = { NULL };
	struct fleet_changes changes;
	struct reloader *reloader;

	if ((reloader = calloc(1, sizeof(*reloader))) == NULL)
		return NULL;
	warn(config, NULL);
	reloader->options = *options;
	reloader->config = config_share(config);
	reloader->successful = stats_add(options->stats, &successful, none);
	reloader->success_time = stats_add(options->stats, &success_time, none);
	if (reloader->successful == NULL || reloader->success_time == NULL ||
	    fleet_apply(options->fleet, config, &changes) != 0) {
		reloader_free(reloader);
		return NULL;
	}
	measure(reloader, true);
	return reloader;
}

void
reloader_free(struct reloader *reloader)
{
	if (reloader == NULL)
		return;
	stats_remove(reloader->successful);
	stats_remove(reloader->success_time);
	config_free(reloader->config);
	free(reloader);
}

struct reloader_view
reloader_look(const struct reloader *reloader)
{
	return (struct reloader_view){
		.config = reloader->config,
		.success = stat_value(reloader->successful) > 0,
		.success_at =
		    (int64_t)(stat_value(reloader->success_time) * 1000),
	};
}

/* Log each line of ${faults}. */
static void
log_faults(const char *faults)
{
	size_t len;

	for (; *faults != '\0'; faults += len + (faults[len] != '\0')) {
		len = strcspn(faults, "\n");
		log_error("a fault in the configuration",
		    LOG_BYTES("fault", faults, len));
	}
}

/* The configuration in the file; NULL, said, if it will not do. */
static struct config *
load(struct reloader *reloader, struct buf *report)
{
	struct config *config;
	struct buf faults;

	buf_init(&faults, FAULTS_MAX);
	config = effective_load(reloader->options.path, &faults);
	if (config == NULL) {
		log_faults(buf_text(&faults));
		log_error("the configuration was not reloaded, and the one "
			  "before stays in effect; mend the faults and "
			  "reload it",
		    LOG_STR("path", reloader->options.path));
		buf_put(report, faults.data, faults.len);
		buf_puts(report, "nothing was changed\n");
	}
	buf_release(&faults);
	return config;
}

/* Say which of the keys that ${config} changes need a restart; -1: no memory. */
static int
pin(struct reloader *reloader, struct config *config, struct buf *report)
{
	char memory[KEYS_MAX];
	struct buf keys;

	buf_over(&keys, memory, sizeof(memory));
	if (change_pin(config, reloader->config, &keys) != 0)
		return -1;
	if (keys.len == 0)
		return 0;
	log_warn("restart walship for these keys to change; all others have",
	    LOG_STR("keys", buf_text(&keys)));
	buf_printf(
	    report, "%s: changes with a restart only\n", buf_text(&keys));
	return 0;
}

/* Put ${config} into effect. */
static int
apply(struct reloader *reloader, struct config *config, struct buf *report)
{
	struct fleet_changes changes;

	log_init(config->log_level, config->log_format);
	warn(config, report);
	if (pin(reloader, config, report) != 0 ||
	    fleet_apply(reloader->options.fleet, config, &changes) != 0)
		return -1;
	config_free(reloader->config);
	reloader->config = config_share(config);
	log_info("the configuration was reloaded",
	    LOG_UINT("unchanged", changes.kept),
	    LOG_UINT("changed", changes.tuned),
	    LOG_UINT("renewed", changes.renewed),
	    LOG_UINT("added", changes.added),
	    LOG_UINT("removed", changes.removed));
	buf_printf(report,
	    "receivers: %u unchanged, %u changed, %u with other series, "
	    "%u added, %u removed\n",
	    changes.kept, changes.tuned, changes.renewed, changes.added,
	    changes.removed);
	return 0;
}

bool
reloader_reload(struct reloader *reloader, struct buf *report)
{
	struct config *config;
	bool success = false;

	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
	    (unsigned long long)clock_monotonic(reloader->options.clock));
	if ((config = load(reloader, report)) != NULL) {
		success = apply(reloader, config, report) == 0;
		if (!success) {
			log_error("out of memory");
			buf_puts(report, "out of memory: walship ends\n");
			reloader->options.failed(reloader->options.arg);
		}
	}
	config_free(config);
	measure(reloader, success);
	(void)sd_notify(0, "READY=1");
	return success;
}
