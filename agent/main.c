/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "agent/check_config.h"
#include "agent/doctor.h"
#include "agent/dump.h"
#include "agent/exit.h"
#include "agent/init.h"
#include "agent/reload.h"
#include "agent/run.h"
#include "agent/status.h"

static const char usage[] =
    "Usage: walship COMMAND [OPTION...]\n"
    "\n"
    "walship sends what Prometheus writes to its write-ahead log to a remote\n"
    "write receiver.\n"
    "\n"
    "Commands:\n"
    "  run            follow the log and send it; see walship run --help\n"
    "  reload         have it read its configuration again\n"
    "  status         say how it is with each receiver\n"
    "  check-config   say what is wrong with a configuration\n"
    "  doctor         try all that must work, and say what does not\n"
    "  init           print a configuration, by that of Prometheus\n"
    "  dump DIR       print what a log holds; see walship dump --help\n"
    "\n"
    "Options:\n"
    "  -h, --help     this text\n"
    "  -V, --version  the version\n";

int
main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";

	if (strcmp(word, "run") == 0)
		return run_command(argc - 1, argv + 1);
	if (strcmp(word, "reload") == 0)
		return reload_command(argc - 1, argv + 1);
	if (strcmp(word, "status") == 0)
		return status_command(argc - 1, argv + 1);
	if (strcmp(word, "check-config") == 0)
		return check_config_command(argc - 1, argv + 1);
	if (strcmp(word, "doctor") == 0)
		return doctor_command(argc - 1, argv + 1);
	if (strcmp(word, "init") == 0)
		return init_command(argc - 1, argv + 1);
	if (strcmp(word, "dump") == 0)
		return dump_command(argc - 1, argv + 1);
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
		(void)fputs(usage, stdout);
		return EXIT_OK;
	}
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
		(void)puts("walship " PACKAGE_VERSION);
		return EXIT_OK;
	}
	if (*word != '\0')
		(void)fprintf(
		    stderr, "walship: no command or option %s\n\n", word);
	(void)fputs(usage, stderr);
	return EXIT_USAGE;
}
