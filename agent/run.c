/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "agent/admin/webfile.h"
#include "agent/agent.h"
#include "agent/base/log.h"
#include "agent/config/config.h"
#include "agent/exit.h"
#include "agent/options.h"
#include "agent/prometheus/effective.h"
#include "agent/rehearsal.h"
#include "agent/run.h"

/* All the faults that a configuration file can have, as text. */
#define FAULTS_MAX (256u << 10) /* Bytes. */

/* Of a dry run: a year. */
#define SECONDS_MAX 31536000u

static const char usage[] =
    "Usage: walship run [-c FILE] [--dry-run [--seconds N]]\n"
    "\n"
    "Follow the write-ahead log of the Prometheus beside, and send its "
    "samples\n"
    "by remote write.  Runs until SIGTERM or SIGINT, then sends what is left\n"
    "for up to 4 seconds.  SIGHUP has it read its configuration again.\n"
    "\n"
    "  -c, --config FILE  the configuration; " OPTIONS_CONFIG " if not given\n"
    "  -n, --dry-run      send nothing, and save nothing: print what would be\n"
    "                     sent, every 10 seconds and at the end\n"
    "  -s, --seconds N    end a dry run after so many\n"
    "  -h, --help         this text\n";

/* What is asked for on the command line. */
struct choice {
	const char *path;
	bool dry;
	unsigned int seconds; /* Of the dry run; 0: until it is ended. */
};

/* Take ${text} as a number of seconds; false if it is none. */
static bool
take_seconds(const char *text, unsigned int *ret)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(text, &end, 10);
	*ret = (unsigned int)number;
	return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 &&
	    number > 0 && number <= SECONDS_MAX;
}

/* Read the options; false if the command is to end with ${ret_status}. */
static bool
read_options(int argc, char **argv, struct choice *choice, int *ret_status)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "seconds", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	bool right = true;
	int option;

	*choice = (struct choice){ .path = OPTIONS_CONFIG };
	while (right &&
	    (option = getopt_long(argc, argv, "c:ns:h", options, NULL)) != -1)
		switch (option) {
		case 'c':
			choice->path = optarg;
			break;
		case 'n':
			choice->dry = true;
			break;
		case 's':
			right = take_seconds(optarg, &choice->seconds);
			break;
		case 'h':
			(void)fputs(usage, stdout);
			*ret_status = EXIT_OK;
			return false;
		default:
			right = false;
		}
	if (right && optind == argc && (choice->dry || choice->seconds == 0))
		return true;
	(void)fputs(usage, stderr);
	*ret_status = EXIT_USAGE;
	return false;
}

/* The configuration in ${path}, or NULL with its faults on standard error. */
static struct config *
load(const char *path)
{
	struct config *config;
	struct buf faults;

	buf_init(&faults, FAULTS_MAX);
	config = effective_load(path, &faults);
	if (config != NULL && !webfile_check(config->web_file, NULL, &faults)) {
		config_free(config);
		config = NULL;
	}
	if (config == NULL)
		(void)fputs(buf_text(&faults), stderr);
	buf_release(&faults);
	return config;
}

int
run_command(int argc, char **argv)
{
	struct config *config;
	struct choice choice;
	int status;

	if (!read_options(argc, argv, &choice, &status))
		return status;
	if ((config = load(choice.path)) == NULL)
		return EXIT_USAGE;
	/* Headers may hold secrets, and no core file shall. */
	(void)setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	if (choice.dry && config->log_level < LOG_WARN)
		config->log_level = LOG_WARN;
	log_init(config->log_level, config->log_format);
	return choice.dry ? rehearsal_run(config, choice.seconds)
			  : agent_run(config, choice.path);
}
