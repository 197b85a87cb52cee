/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "agent/admin/admin.h"
#include "agent/admin/control.h"
#include "agent/admin/process.h"
#include "agent/admin/report.h"
#include "agent/agent.h"
#include "agent/base/host.h"
#include "agent/base/log.h"
#include "agent/base/loop.h"
#include "agent/base/stats.h"
#include "agent/base/worker.h"
#include "agent/exit.h"
#include "agent/fleet.h"
#include "agent/hold.h"
#include "agent/http/client.h"
#include "agent/machine.h"
#include "agent/reloader.h"
#include "agent/series/labelset.h"
#include "agent/surroundings.h"
#include "agent/survey.h"
#include "agent/watcher.h"
#include "agent/webwatch.h"

/* Idle connections to receivers that are kept. */
#define CONNECTIONS_MAX 128L

struct agent {
	struct config *config; /* That it began with. */
	const char *path;      /* Of the file it is from. */
	char *wal_dir;
	int lock; /* Keeps the state directory ours; -1: not held. */
	sd_event *event;
	struct clock *clock;
	struct worker *worker;
	struct stats *stats;
	struct process *process;
	struct http *http;
	struct labelsets *sets;
	struct hold *hold;
	struct fleet *fleet;
	struct machine *machine;
	struct reloader *reloader;
	struct survey *survey;
	struct control *control;
	struct watcher *watcher;
	struct webwatch *webwatch; /* NULL: there is nothing to follow. */
	struct admin *admin;
	struct timer *deadline; /* Of the stop. */
	bool stopping;
	bool drained, settled; /* What is waited for then. */
};

/* Something of which there must be enough is used up. */
static int
out_of_memory(void)
{
	log_error("out of memory");
	return -1;
}

static void
failed(void *arg)
{
	struct agent *agent = arg;

	(void)out_of_memory();
	(void)sd_event_exit(agent->event, EXIT_RUN);
}

/* Hold all for as long as labels are waited for; -1 if there is no memory. */
static int
keep_for_later(struct agent *agent)
{
	return hold_await(agent->hold, !reloader_look(agent->reloader).begun);
}

static uint64_t
grown(void *arg)
{
	struct agent *agent = arg;

	if (keep_for_later(agent) != 0)
		failed(agent);
	hold_look(agent->hold);
	return fleet_poke(agent->fleet);
}

/* Go, if all is delivered and what is held is safe. */
static void
go_if_done(struct agent *agent)
{
	if (agent->drained && agent->settled)
		(void)sd_event_exit(agent->event, EXIT_OK);
}

static void
drained(void *arg)
{
	struct agent *agent = arg;

	agent->drained = true;
	go_if_done(agent);
}

static void
settled(void *arg)
{
	struct agent *agent = arg;

	agent->settled = true;
	go_if_done(agent);
}

/* The receiver had its time: go, saying what stays behind. */
static void
give_up(void *arg)
{
	struct agent *agent = arg;

	fleet_tell_unsettled(agent->fleet);
	(void)sd_event_exit(agent->event, EXIT_OK);
}

static int
stop(sd_event_source *source, const struct signalfd_siginfo *info, void *arg)
{
	struct agent *agent = arg;
	uint64_t deadline = clock_monotonic(agent->clock) + AGENT_STOP_DEADLINE;

	(void)source;
	if (agent->stopping) {
		give_up(agent);
		return 0;
	}
	agent->stopping = true;
	log_info("stopping", LOG_UINT("signal", info->ssi_signo));
	(void)sd_notify(0, "STOPPING=1");
	timer_set(agent->deadline, deadline);
	hold_settle(agent->hold, deadline);
	fleet_stop(agent->fleet);
	return 0;
}

/* Reload all there is to be; whether that will do is said in ${report}. */
static bool
read_again(struct agent *agent, struct buf *report)
{
	bool done = reloader_reload(agent->reloader, report);

	return (agent->webwatch == NULL ||
		   webwatch_read(agent->webwatch, report)) &&
	    done;
}

static int
hang_up(sd_event_source *source, const struct signalfd_siginfo *info, void *arg)
{
	struct agent *agent = arg;
	struct buf report;

	(void)source;
	(void)info;
	buf_init(&report, CONTROL_TEXT_MAX);
	if (!agent->stopping)
		(void)read_again(agent, &report);
	buf_release(&report);
	return 0;
}

/* Do what the control socket is asked for. */
static bool
command(void *arg, const char *word, struct buf *answer)
{
	struct agent *agent = arg;

	if (strcmp(word, "status") == 0) {
		report_put(survey_take(agent->survey), answer);
		return answer->len > 0;
	}
	if (agent->stopping) {
		buf_puts(answer, "walship is stopping\n");
		return false;
	}
	if (strcmp(word, "reload") == 0)
		return read_again(agent, answer);
	buf_puts(answer, "no such command in this version\n");
	return false;
}

static bool
ready(void *arg, struct buf *why)
{
	struct agent *agent = arg;

	return reloader_ready(agent->reloader, why) &&
	    fleet_ready(agent->fleet, why);
}

/* What Azure says of this machine is known, or has changed. */
static void
machine_known(void *arg)
{
	struct agent *agent = arg;

	if (!agent->stopping)
		reloader_settle(agent->reloader);
}

static const struct overview *
overview(void *arg)
{
	struct agent *agent = arg;

	return survey_take(agent->survey);
}

/* Reload for who asks by HTTP, if the configuration lets him. */
static enum pages_reload
reload(void *arg, struct buf *report)
{
	struct agent *agent = arg;

	if (!reloader_look(agent->reloader).config->lifecycle)
		return PAGES_RELOAD_OFF;
	return command(agent, "reload", report) ? PAGES_RELOADED
						: PAGES_RELOAD_FAILED;
}

/* Take signals from the loop, and feed the watchdog from it. */
static int
listen_to_signals(struct agent *agent)
{
	sigset_t signals;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0 ||
	    signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
	    sd_event_add_signal(agent->event, NULL, SIGTERM, stop, agent) < 0 ||
	    sd_event_add_signal(agent->event, NULL, SIGINT, stop, agent) < 0 ||
	    sd_event_add_signal(agent->event, NULL, SIGHUP, hang_up, agent) < 0)
		return -1;
	(void)sd_event_set_watchdog(agent->event, true);
	return 0;
}

/* Make what the others stand on. */
static int
lay_ground(struct agent *agent)
{
	if (sd_event_default(&agent->event) < 0 ||
	    listen_to_signals(agent) != 0)
		return -1;
	agent->clock = loop_clock_new(agent->event);
	agent->worker = worker_thread_new(agent->event);
	agent->stats = stats_new();
	agent->sets = labelsets_new();
	if (agent->clock == NULL || agent->worker == NULL ||
	    agent->stats == NULL || agent->sets == NULL)
		return -1;
	agent->process = process_new(agent->stats);
	agent->deadline = timer_new(agent->clock, give_up, agent);
	agent->http = client_new(agent->event, agent->clock,
	    &(struct client_options){
		.user_agent = "walship/" PACKAGE_VERSION,
		.max_connections = CONNECTIONS_MAX,
	    });
	return agent->process == NULL || agent->deadline == NULL ||
		agent->http == NULL
	    ? -1
	    : 0;
}

/* Who may ask, and how, has changed. */
static void
web_changed(void *arg, struct webfile *web)
{
	struct agent *agent = arg;

	admin_use(agent->admin, web);
}

/* Make what answers those who ask by HTTP. */
static int
serve(struct agent *agent)
{
	if (*agent->config->web_file != '\0') {
		agent->webwatch = webwatch_new(&(struct webwatch_options){
		    .event = agent->event,
		    .clock = agent->clock,
		    .path = agent->config->web_file,
		    .changed = web_changed,
		    .arg = agent,
		});
		if (agent->webwatch == NULL)
			return -1;
	}
	agent->admin = admin_new(agent->event, agent->clock,
	    &(struct admin_options){
		.listen_address = agent->config->listen_address,
		.stats = agent->stats,
		.web = agent->webwatch != NULL ? webwatch_web(agent->webwatch)
					       : NULL,
		.ready = ready,
		.overview = overview,
		.reload = reload,
		.arg = agent,
	    });
	return agent->admin == NULL ? -1 : 0;
}

/* Make what looks outside: at the log, and for who asks us. */
static int
look_out(struct agent *agent)
{
	agent->watcher = watcher_new(
	    agent->event, agent->clock, agent->wal_dir, grown, agent);
	if (agent->watcher == NULL)
		return -1;
	agent->control = control_new(agent->event, agent->clock,
	    &(struct control_options){
		.state_dir = agent->config->state_dir,
		.command = command,
		.arg = agent,
	    });
	if (agent->control == NULL)
		return -1;
	return *agent->config->listen_address == '\0' ? 0 : serve(agent);
}

/* Make what holds segments; -1, said, if it cannot be. */
static int
hold_segments(struct agent *agent)
{
	agent->hold = hold_new(&(struct hold_options){
	    .clock = agent->clock,
	    .worker = agent->worker,
	    .stats = agent->stats,
	    .config = agent->config,
	    .wal_dir = agent->wal_dir,
	    .settled = settled,
	    .arg = agent,
	});
	return agent->hold == NULL ? -1 : 0;
}

/* Make all parts; those made are freed by dismantle, whatever the result. */
static int
assemble(struct agent *agent)
{
	if (lay_ground(agent) != 0)
		return out_of_memory();
	if (hold_segments(agent) != 0)
		return -1;
	agent->fleet = fleet_new(&(struct fleet_options){
	    .clock = agent->clock,
	    .worker = agent->worker,
	    .http = agent->http,
	    .stats = agent->stats,
	    .sets = agent->sets,
	    .state_dir = agent->config->state_dir,
	    .wal_dir = agent->wal_dir,
	    .spool = hold_spool(agent->hold),
	    .drained = drained,
	    .failed = failed,
	    .arg = agent,
	});
	if (agent->fleet == NULL)
		return -1;
	agent->machine = machine_new(&(struct machine_options){
	    .clock = agent->clock,
	    .worker = agent->worker,
	    .http = agent->http,
	    .paths = &endpoint_paths,
	    .state_dir = agent->config->state_dir,
	    .host = host_number(HOST_MACHINE_ID),
	    .known = machine_known,
	    .arg = agent,
	});
	if (agent->machine == NULL)
		return out_of_memory();
	agent->reloader = reloader_new(
	    &(struct reloader_options){
		.path = agent->path,
		.event = agent->event,
		.clock = agent->clock,
		.stats = agent->stats,
		.fleet = agent->fleet,
		.machine = agent->machine,
		.failed = failed,
		.arg = agent,
	    },
	    agent->config);
	if (agent->reloader == NULL)
		return out_of_memory();
	agent->survey = survey_new(&(struct survey_options){
	    .clock = agent->clock,
	    .fleet = agent->fleet,
	    .hold = agent->hold,
	    .reloader = agent->reloader,
	    .config_path = agent->path,
	    .wal_dir = agent->wal_dir,
	});
	if (agent->survey == NULL)
		return out_of_memory();
	return keep_for_later(agent) != 0 || look_out(agent) != 0
	    ? out_of_memory()
	    : 0;
}

/* Free all parts that there are, the last made first. */
static void
dismantle(struct agent *agent)
{
	webwatch_free(agent->webwatch);
	admin_free(agent->admin);
	control_free(agent->control);
	watcher_free(agent->watcher);
	survey_free(agent->survey);
	reloader_free(agent->reloader);
	machine_free(agent->machine);
	fleet_free(agent->fleet);
	hold_free(agent->hold);
	client_free(agent->http);
	timer_free(agent->deadline);
	process_free(agent->process);
	labelsets_free(agent->sets);
	stats_free(agent->stats);
	if (worker_thread_free(agent->worker) != 0)
		log_warn("the disk of the state directory does not answer: "
			 "stopping without it",
		    LOG_STR("path", agent->config->state_dir));
	loop_clock_free(agent->clock);
	sd_event_unref(agent->event);
	if (agent->lock != -1)
		(void)close(agent->lock);
	free(agent->wal_dir);
	config_free(agent->config);
}

/* Run until told to stop; the exit status. */
static int
run(struct agent *agent)
{
	int status;

	if (asprintf(&agent->wal_dir, "%s/wal", agent->config->data_dir) ==
	    -1) {
		agent->wal_dir = NULL;
		(void)out_of_memory();
		return EXIT_RUN;
	}
	if (surroundings_check(agent->config, agent->wal_dir) != 0 ||
	    (agent->lock = surroundings_lock(agent->config)) == -1)
		return EXIT_RUN;
	log_info("walship starts", LOG_STR("version", PACKAGE_VERSION),
	    LOG_STR("data_dir", agent->config->data_dir));
	if (assemble(agent) != 0)
		return EXIT_RUN;
	(void)sd_notify(0, "READY=1");
	if ((status = sd_event_loop(agent->event)) < 0) {
		log_error("the event loop failed", LOG_ERRNO(-status));
		return EXIT_RUN;
	}
	log_info("stopped");
	return status;
}

int
agent_run(struct config *config, const char *path)
{
	struct agent agent = { .config = config, .path = path, .lock = -1 };
	int status = run(&agent);

	dismantle(&agent);
	return status;
}
