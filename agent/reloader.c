/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "agent/base/log.h"
#include "agent/config/change.h"
#include "agent/config/labels.h"
#include "agent/filewatch.h"
#include "agent/prometheus/effective.h"
#include "agent/reloader.h"

#define KEYS_MAX 1024u          /* Bytes of names of keys. */
#define FAULTS_MAX (256u << 10) /* Bytes of faults. */

struct reloader {
	struct reloader_options options;
	struct config *config;  /* A share of the last that took effect, ... */
	bool begun;             /* ... or is to be the first. */
	int64_t since;          /* Of the wall clock: when that was to be. */
	struct config *waiting; /* For facts, a share; or NULL. */
	struct filewatch *filewatch; /* Of Prometheus's file, or NULL. */
	char *watched;               /* Its path. */
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

/* Say what is no fault, and yet should be known. */
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

/* Log the warnings of ${config} that ${before} had not. */
static void
warn_anew(const struct config *config, const struct config *before)
{
	size_t i, j;

	for (i = 0; i < config->warnings_len; i++) {
		for (j = 0; j < before->warnings_len; j++)
			if (strcmp(config->warnings[i], before->warnings[j]) ==
			    0)
				break;
		if (j == before->warnings_len)
			log_warn("about the configuration",
			    LOG_STR("note", config->warnings[i]));
	}
}

static void theirs_changed(void *arg);

/* Watch Prometheus's configuration, if ${config} names it. */
static int
watch(struct reloader *reloader, const struct config *config)
{
	const char *path = config->prometheus_file;

	if (reloader->watched != NULL && path != NULL &&
	    strcmp(reloader->watched, path) == 0)
		return 0;
	filewatch_free(reloader->filewatch);
	free(reloader->watched);
	reloader->filewatch = NULL;
	reloader->watched = NULL;
	if (path == NULL)
		return 0;
	reloader->watched = strdup(path);
	reloader->filewatch =
	    filewatch_new(reloader->options.event, reloader->options.clock,
		path, &config->prometheus_stamp, theirs_changed, reloader);
	return reloader->watched == NULL || reloader->filewatch == NULL ? -1
									: 0;
}

/* Have ${config} wait for facts. */
static void
await_facts(struct reloader *reloader, struct config *config)
{
	log_info("labels name what Azure says of this machine, which is not "
		 "known yet: waiting for that",
	    LOG_STR("meanwhile",
		reloader->begun ? "all stays as it was" : "nothing is sent"));
	if (reloader->waiting != config) {
		config_free(reloader->waiting);
		reloader->waiting = config_share(config);
	}
}

/* What is new begins where the waiting began, if nothing was in effect. */
static void
keep_start(const struct reloader *reloader, struct config *config)
{
	if (!reloader->begun && config->start.kind == CONFIG_START_NOW &&
	    reloader->waiting != NULL)
		config->start =
		    (struct config_start){ .kind = CONFIG_START_TIME,
			    .time = reloader->since };
}

/* Have the fleet be as ${config} says, or ${config} wait; -1: no memory. */
static int
enact(
    struct reloader *reloader, struct config *config, struct fleet_changes *ret)
{
	const struct facts *facts = NULL;

	*ret = (struct fleet_changes){ 0 };
	if (watch(reloader, config) != 0)
		return -1;
	if (labels_want_facts(config)) {
		if (reloader->options.machine != NULL)
			facts = machine_facts(reloader->options.machine);
		if (facts == NULL) {
			await_facts(reloader, config);
			return 0;
		}
		if (labels_fill(config, facts) != 0)
			return -1;
	}
	keep_start(reloader, config);
	if (fleet_apply(reloader->options.fleet, config, ret) != 0)
		return -1;
	config_free(reloader->config);
	reloader->config = config_share(config);
	reloader->begun = true;
	config_free(reloader->waiting);
	reloader->waiting = NULL;
	return 0;
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
	reloader->since = clock_wall(options->clock);
	reloader->successful = stats_add(options->stats, &successful, none);
	reloader->success_time = stats_add(options->stats, &success_time, none);
	if (reloader->successful == NULL || reloader->success_time == NULL ||
	    enact(reloader, config, &changes) != 0) {
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
	filewatch_free(reloader->filewatch);
	free(reloader->watched);
	config_free(reloader->waiting);
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
		.begun = reloader->begun,
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
	    enact(reloader, config, &changes) != 0)
		return -1;
	if (reloader->waiting != NULL) {
		buf_puts(report,
		    "labels name what Azure says of this machine, which is "
		    "not known yet; until then all stays as it was\n");
		return 0;
	}
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

/* Memory ran out, and the fleet may not be whole. */
static void
fail(struct reloader *reloader)
{
	log_error("out of memory");
	reloader->options.failed(reloader->options.arg);
}

/* Have what was read once take effect with what is otherwise now. */
static void
refresh(struct reloader *reloader, struct config *fresh, const char *what)
{
	char memory[KEYS_MAX];
	struct fleet_changes changes;
	struct buf keys;

	buf_over(&keys, memory, sizeof(memory));
	/* What takes a restart was said when it was read. */
	if (change_pin(fresh, reloader->config, &keys) != 0 ||
	    enact(reloader, fresh, &changes) != 0)
		fail(reloader);
	else if (changes.renewed > 0)
		log_info(what, LOG_UINT("renewed", changes.renewed));
}

/* What was read last, whether it waits or is in effect. */
static struct config *
newest(const struct reloader *reloader)
{
	return reloader->waiting != NULL ? reloader->waiting : reloader->config;
}

/* Prometheus's configuration may be another. */
static void
theirs_changed(void *arg)
{
	struct reloader *reloader = arg;
	struct config *fresh;
	struct buf faults;

	buf_init(&faults, FAULTS_MAX);
	fresh =
	    effective_again(newest(reloader), reloader->options.path, &faults);
	if (fresh == NULL) {
		log_faults(buf_text(&faults));
		log_error("Prometheus's configuration cannot be taken over: "
			  "its labels stay as they were; mend it, and it is "
			  "read again",
		    LOG_STR("path", reloader->watched));
	} else {
		warn_anew(fresh, newest(reloader));
		refresh(reloader, fresh,
		    "Prometheus's external labels have changed, and so have "
		    "those of all series");
	}
	config_free(fresh);
	buf_release(&faults);
}

void
reloader_settle(struct reloader *reloader)
{
	struct config *fresh = NULL;
	struct buf faults;

	buf_init(&faults, FAULTS_MAX);
	if (reloader->waiting != NULL)
		fresh = config_share(reloader->waiting);
	else
		fresh = effective_again(
		    reloader->config, reloader->options.path, &faults);
	if (fresh == NULL)
		log_faults(buf_text(&faults));
	else if (labels_want_facts(fresh))
		refresh(reloader, fresh,
		    "what Azure says of this machine has changed, and so have "
		    "the labels of all series");
	config_free(fresh);
	buf_release(&faults);
}

bool
reloader_ready(const struct reloader *reloader, struct buf *why)
{
	if (reloader->begun)
		return true;
	buf_puts(why,
	    "waiting for what Azure says of this machine, which "
	    "external_labels name\n");
	return false;
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
			buf_puts(report, "out of memory: walship ends\n");
			fail(reloader);
		}
	}
	config_free(config);
	measure(reloader, success);
	(void)sd_notify(0, "READY=1");
	return success;
}
