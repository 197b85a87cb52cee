/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/base/log.h"
#include "agent/base/loop.h"
#include "agent/base/stats.h"
#include "agent/base/worker.h"
#include "agent/config/labels.h"
#include "agent/exit.h"
#include "agent/fleet.h"
#include "agent/forecast.h"
#include "agent/http/sink.h"
#include "agent/rehearsal.h"
#include "agent/scratch.h"
#include "agent/series/labelset.h"
#include "agent/surroundings.h"
#include "agent/terminal.h"
#include "agent/watcher.h"

#define TEXT_MAX (CONFIG_REMOTES_MAX * FORECAST_MAX)

struct rehearsal {
	struct config *config;
	char *wal_dir;
	struct scratch scratch; /* For what is saved. */
	sd_event *event;
	struct clock *clock;
	struct worker *worker;
	struct stats *stats;
	struct http *sink;
	struct labelsets *sets;
	struct fleet *fleet;
	struct watcher *watcher;
	struct timer *print, *end;
	uint64_t begun, printed; /* Monotonic us; when it was last printed. */
	struct forecast before[CONFIG_REMOTES_MAX]; /* As it was then. */
	bool stopping;
};

/* Print what was to be sent ${since} ${before}, under ${title}. */
static void
print(struct rehearsal *rehearsal, const char *title, uint64_t since,
    const struct forecast *before)
{
	struct situation situations[CONFIG_REMOTES_MAX];
	double seconds =
	    (double)(clock_monotonic(rehearsal->clock) - since) / CLOCK_SEC;
	struct forecast now;
	struct buf text;
	uint64_t bytes;
	size_t i, len;

	stats_update(rehearsal->stats);
	len = fleet_look(rehearsal->fleet, situations, &bytes);
	buf_init(&text, TEXT_MAX);
	buf_printf(&text, "%s %.0f s would be sent:\n", title, seconds);
	for (i = 0; i < len; i++) {
		now = forecast_of(&situations[i], rehearsal->stats);
		forecast_put(&text, &now, &before[i], seconds);
		rehearsal->before[i] = now;
	}
	terminal_print(buf_text(&text), stdout);
	/* There may be nobody any more to print it for. */
	if (fflush(stdout) != 0 || ferror(stdout))
		(void)sd_event_exit(rehearsal->event, EXIT_RUN);
	buf_release(&text);
}

static void
print_period(void *arg)
{
	struct rehearsal *rehearsal = arg;

	print(rehearsal, "in the last", rehearsal->printed, rehearsal->before);
	rehearsal->printed = clock_monotonic(rehearsal->clock);
	timer_set(rehearsal->print, rehearsal->printed + REHEARSAL_PERIOD);
}

static void
finish(void *arg)
{
	static const struct forecast none[CONFIG_REMOTES_MAX];
	struct rehearsal *rehearsal = arg;

	print(rehearsal, "in all", rehearsal->begun, none);
	(void)sd_event_exit(
	    rehearsal->event, ferror(stdout) ? EXIT_RUN : EXIT_OK);
}

static void
failed(void *arg)
{
	struct rehearsal *rehearsal = arg;

	log_error("out of memory");
	(void)sd_event_exit(rehearsal->event, EXIT_RUN);
}

/* Read to the end of the log and cut all of it, then print. */
static void
stop(void *arg)
{
	struct rehearsal *rehearsal = arg;

	if (rehearsal->stopping) {
		finish(rehearsal);
		return;
	}
	rehearsal->stopping = true;
	timer_set(rehearsal->print, CLOCK_NEVER);
	timer_set(rehearsal->end,
	    clock_monotonic(rehearsal->clock) + AGENT_STOP_DEADLINE);
	fleet_stop(rehearsal->fleet);
}

static int
signalled(
    sd_event_source *source, const struct signalfd_siginfo *info, void *arg)
{
	(void)source;
	(void)info;
	stop(arg);
	return 0;
}

static uint64_t
grown(void *arg)
{
	struct rehearsal *rehearsal = arg;

	return fleet_poke(rehearsal->fleet);
}

static int
listen_to_signals(struct rehearsal *rehearsal)
{
	static const int ends[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	sigset_t signals;
	size_t i;

	/* As of a pipe that nobody reads any more. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return -1;
	(void)sigemptyset(&signals);
	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		(void)sigaddset(&signals, ends[i]);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0)
		return -1;
	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (sd_event_add_signal(rehearsal->event, NULL, ends[i],
			signalled, rehearsal) < 0)
			return -1;
	return 0;
}

/* Have a directory that stands for the state directory; -1, said: none. */
static int
make_scratch(struct rehearsal *rehearsal)
{
	const char *above = getenv("TMPDIR");

	if (above == NULL || *above != '/')
		above = "/tmp";
	if (scratch_make(&rehearsal->scratch, above) != 0) {
		log_error("cannot make a directory for this run; set TMPDIR "
			  "to one that this user may write",
		    LOG_STR("path", above), LOG_ERRNO(errno));
		return -1;
	}
	free(rehearsal->config->state_dir);
	rehearsal->config->state_dir = strdup(rehearsal->scratch.path);
	return rehearsal->config->state_dir == NULL ? -1 : 0;
}

/* Make all parts; those made are freed by dismantle, whatever the result. */
static int
assemble(struct rehearsal *rehearsal)
{
	rehearsal->clock = loop_clock_new(rehearsal->event);
	rehearsal->worker = worker_thread_new(rehearsal->event);
	rehearsal->stats = stats_new();
	rehearsal->sets = labelsets_new();
	if (rehearsal->clock == NULL || rehearsal->worker == NULL ||
	    rehearsal->stats == NULL || rehearsal->sets == NULL)
		return -1;
	rehearsal->sink = sink_new(rehearsal->clock);
	rehearsal->print = timer_new(rehearsal->clock, print_period, rehearsal);
	rehearsal->end = timer_new(rehearsal->clock, stop, rehearsal);
	if (rehearsal->sink == NULL || rehearsal->print == NULL ||
	    rehearsal->end == NULL)
		return -1;
	rehearsal->fleet = fleet_new(&(struct fleet_options){
	    .clock = rehearsal->clock,
	    .worker = rehearsal->worker,
	    .http = rehearsal->sink,
	    .stats = rehearsal->stats,
	    .sets = rehearsal->sets,
	    .state_dir = rehearsal->config->state_dir,
	    .wal_dir = rehearsal->wal_dir,
	    .drained = finish,
	    .failed = failed,
	    .arg = rehearsal,
	});
	return rehearsal->fleet == NULL ? -1 : 0;
}

/* Free all parts that there are, the last made first. */
static void
dismantle(struct rehearsal *rehearsal)
{
	watcher_free(rehearsal->watcher);
	fleet_free(rehearsal->fleet);
	timer_free(rehearsal->end);
	timer_free(rehearsal->print);
	sink_free(rehearsal->sink);
	labelsets_free(rehearsal->sets);
	stats_free(rehearsal->stats);
	(void)worker_thread_free(rehearsal->worker);
	loop_clock_free(rehearsal->clock);
	sd_event_unref(rehearsal->event);
	scratch_remove(&rehearsal->scratch);
	free(rehearsal->wal_dir);
	config_free(rehearsal->config);
}

/* Read, for so many ${seconds} or for ever; the exit status. */
static int
run(struct rehearsal *rehearsal, unsigned int seconds)
{
	struct fleet_changes changes;
	int status;

	if (asprintf(&rehearsal->wal_dir, "%s/wal",
		rehearsal->config->data_dir) == -1) {
		rehearsal->wal_dir = NULL;
		return EXIT_RUN;
	}
	if (sd_event_default(&rehearsal->event) < 0 ||
	    listen_to_signals(rehearsal) != 0 || make_scratch(rehearsal) != 0 ||
	    surroundings_check(rehearsal->config, rehearsal->wal_dir) != 0 ||
	    assemble(rehearsal) != 0 ||
	    fleet_apply(rehearsal->fleet, rehearsal->config, &changes) != 0)
		return EXIT_RUN;
	rehearsal->watcher = watcher_new(rehearsal->event, rehearsal->clock,
	    rehearsal->wal_dir, grown, rehearsal);
	if (rehearsal->watcher == NULL)
		return EXIT_RUN;
	rehearsal->begun = rehearsal->printed =
	    clock_monotonic(rehearsal->clock);
	timer_set(rehearsal->print, rehearsal->begun + REHEARSAL_PERIOD);
	timer_set(rehearsal->end,
	    seconds > 0 ? rehearsal->begun + seconds * CLOCK_SEC : CLOCK_NEVER);
	if ((status = sd_event_loop(rehearsal->event)) < 0)
		log_error("the event loop failed", LOG_ERRNO(-status));
	return status < 0 ? EXIT_RUN : status;
}

/* What Azure would say of this machine is put as not known. */
static int
fill_labels(struct config *config)
{
	struct facts facts;
	unsigned int i;

	if (!labels_want_facts(config))
		return 0;
	for (i = 0; i < FACTS; i++)
		(void)snprintf(facts.text[i], sizeof(facts.text[i]), "unknown");
	return labels_fill(config, &facts);
}

int
rehearsal_run(struct config *config, unsigned int seconds)
{
	struct rehearsal rehearsal = { .config = config, .scratch.fd = -1 };
	int status = EXIT_RUN;

	config_forget_access(config);
	if (fill_labels(config) == 0)
		status = run(&rehearsal, seconds);
	if (status != EXIT_OK)
		log_error("the dry run ended early");
	dismantle(&rehearsal);
	return status;
}
