/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "agent/agent.h"
#include "agent/base/log.h"
#include "agent/config/config.h"
#include "agent/exit.h"
#include "agent/run.h"

#define DEFAULT_CONFIG "/etc/walship/walship.yml"

/* All the faults that a configuration file can have, as text. */
#define FAULTS_MAX (256u << 10) /* Bytes. */

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
	struct config *config;
	size_t i;
	const char *path = DEFAULT_CONFIG;
	int option;

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
	if ((config = load(path)) == NULL)
		return EXIT_USAGE;
	/* Headers may hold secrets, and no core file shall. */
	(void)setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	log_init(config->log_level, config->log_format);
	for (i = 0; i < config->warnings_len; i++)
		log_warn("about the configuration",
		    LOG_STR("note", config->warnings[i]));
	return agent_run(config);
}
