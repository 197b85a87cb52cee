/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "agent/agent.h"
#include "agent/base/log.h"
#include "agent/config/config.h"
#include "agent/exit.h"
#include "agent/options.h"
#include "agent/prometheus/effective.h"
#include "agent/run.h"

/* All the faults that a configuration file can have, as text. */
#define FAULTS_MAX (256u << 10) /* Bytes. */

static const char usage[] =
    "Usage: walship run [-c FILE]\n"
    "\n"
    "Follow the write-ahead log of the Prometheus beside, and send its "
    "samples\n"
    "by remote write.  Runs until SIGTERM or SIGINT, then sends what is left\n"
    "for up to 4 seconds.  SIGHUP has it read its configuration again.\n"
    "\n"
    "  -c, --config FILE  the configuration; " OPTIONS_CONFIG " if not given\n"
    "  -h, --help         this text\n";

/* The configuration in ${path}, or NULL with its faults on standard error. */
static struct config *
load(const char *path)
{
	struct config *config;
	struct buf faults;

	buf_init(&faults, FAULTS_MAX);
	if ((config = effective_load(path, &faults)) == NULL)
		(void)fputs(buf_text(&faults), stderr);
	buf_release(&faults);
	return config;
}

int
run_command(int argc, char **argv)
{
	struct config *config;
	const char *path;
	int status;

	if ((path = options_read(argc, argv, usage, &status)) == NULL)
		return status;
	if ((config = load(path)) == NULL)
		return EXIT_USAGE;
	/* Headers may hold secrets, and no core file shall. */
	(void)setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	log_init(config->log_level, config->log_format);
	return agent_run(config, path);
}
