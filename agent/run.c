/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "agent/admin/admin.h"
#include "agent/admin/process.h"
#include "agent/base/log.h"
#include "agent/base/loop.h"
#include "agent/base/stats.h"
#include "agent/config/config.h"
#include "agent/exit.h"
#include "agent/http/client.h"
#include "agent/run.h"
#include "agent/series/labelset.h"
#include "agent/ship/destination.h"
#include "agent/surroundings.h"
#include "agent/watcher.h"

#define DEFAULT_CONFIG "/etc/walship/walship.yml"

/* All the faults that a configuration file can have, as text. */
#define FAULTS_MAX (256u << 10) /* Bytes. */

/* Idle connections to receivers that are kept. */
#define CONNECTIONS_MAX 128L

static const char usage[] =
    "Usage: walship run [-c FILE]\n"
    "\n"
    "Follow the write-ahead log of the Prometheus beside, and send its "
    "samples\n"
    "by remote write.  Runs until SIGTERM or SIGINT, then sends what is left\n"
    "for up to 4 seconds.\n"
    "\n"
    "  -c, --config FILE  the configuration; " DEFAULT_CONFIG " if not given\n"
    "  -h, --help         this text\n";

/* The agent: everything that lives from start to stop. */
struct agent {
	struct config *config;
	char *wal_dir;
	int lock; /* Keeps the state directory ours; -1: not held. */
	sd_event *event;
	struct clock *clock;
	struct stats *stats;
	struct process *process;
	struct http *http;
	struct labelsets *sets;
	struct destination **destinations; /* One an entry of remote_write. */
	size_t draining; /* Destinations that have more to send. */
	struct watcher *watcher;
	struct admin *admin;
	struct timer *deadline; /* Of the stop. */
	bool stopping;
};

/* Something of which there must be enough is used up. */
static void
out_of_memory(void)
{
	log_error("out of memory");
}

static void
failed(void *arg)
{
	struct agent *agent = arg;

	out_of_memory();
	(void)sd_event_exit(agent->event, EXIT_RUN);
}

static void
grown(void *arg)
{
	struct agent *agent = arg;
	size_t i;

	for (i = 0; i < agent->config->remotes_len; i++)
		destination_poke(agent->destinations[i]);
}

static void
drained(void *arg)
{
	struct agent *agent = arg;

	if (--agent->draining == 0)
		(void)sd_event_exit(agent->event, EXIT_OK);
}

/* The receiver had its time: go, saying what stays behind. */
static void
give_up(void *arg)
{
	struct agent *agent = arg;
	uint64_t samples;
	size_t i;

	for (i = 0; i < agent->config->remotes_len; i++) {
		samples = destination_unsettled(agent->destinations[i]);
		if (samples > 0)
			log_warn("stopping with samples that were not "
				 "delivered",
			    LOG_STR("remote", agent->config->remotes[i].name),
			    LOG_UINT("samples", samples));
	}
	(void)sd_event_exit(agent->event, EXIT_OK);
}

static int
stop(sd_event_source *source, const struct signalfd_siginfo *info, void *arg)
{
	struct agent *agent = arg;
	size_t i;

	(void)source;
	if (agent->stopping) {
		give_up(agent);
		return 0;
	}
	agent->stopping = true;
	log_info("stopping", LOG_UINT("signal", info->ssi_signo));
	(void)sd_notify(0, "STOPPING=1");
	agent->draining = agent->config->remotes_len;
	timer_set(
	    agent->deadline, clock_monotonic(agent->clock) + RUN_STOP_DEADLINE);
	for (i = 0; i < agent->config->remotes_len; i++)
		destination_stop(agent->destinations[i]);
	return 0;
}

static int
reload(sd_event_source *source, const struct signalfd_siginfo *info, void *arg)
{
	(void)source;
	(void)info;
	(void)arg;
	log_warn("this version does not reload its configuration: restart it");
	return 0;
}

static bool
ready(void *arg, struct buf *why)
{
	struct agent *agent = arg;
	bool all = true;
	size_t i;

	for (i = 0; i < agent->config->remotes_len; i++)
		if (!destination_ready(agent->destinations[i], why))
			all = false;
	return all;
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
	    sd_event_add_signal(agent->event, NULL, SIGHUP, reload, agent) < 0)
		return -1;
	(void)sd_event_set_watchdog(agent->event, true);
	return 0;
}

static int
make_destinations(struct agent *agent)
{
	size_t i, len = agent->config->remotes_len;

	agent->destinations = calloc(len, sizeof(struct destination *));
	if (agent->destinations == NULL)
		return -1;
	for (i = 0; i < len; i++) {
		agent->destinations[i] =
		    destination_new(&(struct destination_options){
			.clock = agent->clock,
			.http = agent->http,
			.stats = agent->stats,
			.sets = agent->sets,
			.config = agent->config,
			.remote = &agent->config->remotes[i],
			.wal_dir = agent->wal_dir,
			.drained = drained,
			.failed = failed,
			.arg = agent,
		    });
		if (agent->destinations[i] == NULL)
			return -1;
	}
	return 0;
}

/* Make all parts; those made are freed by dismantle, whatever the result. */
static int
assemble(struct agent *agent)
{
	if (sd_event_default(&agent->event) < 0 ||
	    listen_to_signals(agent) != 0)
		return -1;
	agent->clock = loop_clock_new(agent->event);
	agent->stats = stats_new();
	agent->sets = labelsets_new();
	if (agent->clock == NULL || agent->stats == NULL || agent->sets == NULL)
		return -1;
	agent->process = process_new(agent->stats);
	agent->deadline = timer_new(agent->clock, give_up, agent);
	agent->http = client_new(agent->event, agent->clock,
	    &(struct client_options){
		.user_agent = "walship/" PACKAGE_VERSION,
		.max_connections = CONNECTIONS_MAX,
	    });
	if (agent->process == NULL || agent->deadline == NULL ||
	    agent->http == NULL || make_destinations(agent) != 0)
		return -1;
	agent->watcher = watcher_new(
	    agent->event, agent->clock, agent->wal_dir, grown, agent);
	if (agent->watcher == NULL)
		return -1;
	if (*agent->config->listen_address == '\0')
		return 0;
	agent->admin = admin_new(agent->event, agent->clock,
	    &(struct admin_options){
		.listen_address = agent->config->listen_address,
		.stats = agent->stats,
		.ready = ready,
		.arg = agent,
	    });
	return agent->admin == NULL ? -1 : 0;
}

/* Free all parts that there are, the last made first. */
static void
dismantle(struct agent *agent)
{
	size_t i;

	admin_free(agent->admin);
	watcher_free(agent->watcher);
	if (agent->destinations != NULL)
		for (i = 0; i < agent->config->remotes_len; i++)
			destination_free(agent->destinations[i]);
	free(agent->destinations);
	client_free(agent->http);
	timer_free(agent->deadline);
	process_free(agent->process);
	labelsets_free(agent->sets);
	stats_free(agent->stats);
	loop_clock_free(agent->clock);
	sd_event_unref(agent->event);
	if (agent->lock != -1)
		(void)close(agent->lock);
	free(agent->wal_dir);
	config_free(agent->config);
}

/* Say what is going to be done. */
static void
announce(const struct agent *agent)
{
	size_t i;

	log_info("walship starts", LOG_STR("version", PACKAGE_VERSION),
	    LOG_STR("data_dir", agent->config->data_dir));
	for (i = 0; i < agent->config->remotes_len; i++)
		log_info("sending to a receiver",
		    LOG_STR("remote", agent->config->remotes[i].name),
		    LOG_STR("url", agent->config->remotes[i].shown_url));
}

/* Run until told to stop; the exit status. */
static int
run(struct agent *agent)
{
	int status;

	if (asprintf(&agent->wal_dir, "%s/wal", agent->config->data_dir) ==
	    -1) {
		agent->wal_dir = NULL;
		out_of_memory();
		return EXIT_RUN;
	}
	if (surroundings_check(agent->config, agent->wal_dir) != 0 ||
	    (agent->lock = surroundings_lock(agent->config)) == -1)
		return EXIT_RUN;
	announce(agent);
	if (assemble(agent) != 0) {
		out_of_memory();
		return EXIT_RUN;
	}
	(void)sd_notify(0, "READY=1");
	if ((status = sd_event_loop(agent->event)) < 0) {
		log_error("the event loop failed", LOG_ERRNO(-status));
		return EXIT_RUN;
	}
	log_info("stopped");
	return status;
}

/* The configuration in ${path}, or NULL with its faults on standard error. */
static struct config *
load(const char *path)
{
	struct config *config;
	struct buf faults;

	buf_init(&faults, FAULTS_MAX);
	if ((config = config_load(path, &faults)) == NULL)
		(void)fputs(buf_text(&faults), stderr);
	buf_release(&faults);
	return config;
}

int
run_command(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct agent agent = { .lock = -1 };
	const char *path = DEFAULT_CONFIG;
	int option, status;

	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1)
		switch (option) {
		case 'c':
			path = optarg;
			break;
		case 'h':
			(void)fputs(usage, stdout);
			return EXIT_OK;
		default:
			(void)fputs(usage, stderr);
			return EXIT_USAGE;
		}
	if (optind < argc) {
		(void)fprintf(stderr, "walship run: what is %s?\n\n%s",
		    argv[optind], usage);
		return EXIT_USAGE;
	}
	if ((agent.config = load(path)) == NULL)
		return EXIT_USAGE;
	/* Headers may hold secrets, and no core file shall. */
	(void)setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	log_init(agent.config->log_level, agent.config->log_format);
	status = run(&agent);
	dismantle(&agent);
	return status;
}
