/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packaging/azure/extension/handler.h"
#include "packaging/azure/extension/sequence.h"
#include "packaging/azure/extension/settings.h"
#include "packaging/azure/extension/watch.h"

#define PATHS "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static const char usage[] =
    "Usage: walship-extension install|enable|disable|update|uninstall\n"
    "       walship-extension watch SETTINGS MINUTES\n"
    "\n"
    "The commands of an Azure VM extension, run by the guest agent from the\n"
    "handler's directory; the last is run by a unit that enable starts.\n"
    "\n"
    "  --root DIR  where the system's files are, if not at /\n";

/* Programs are found, and speak English; packages ask nothing. */
static void
prepare(void)
{
	const char *given = getenv("PATH");
	char *path;

	if (asprintf(&path, "%s%s" PATHS, given != NULL ? given : "",
		given != NULL ? ":" : "") == -1)
		return;
	(void)setenv("PATH", path, 1);
	(void)setenv("LC_ALL", "C", 1);
	(void)setenv("DEBIAN_FRONTEND", "noninteractive", 1);
	free(path);
}

static int
run(struct handler *handler, int argc, char **argv)
{
	uint32_t sequence, minutes;
	struct watch watch;

	if (argc == 1 && strcmp(argv[0], "watch") != 0)
		return handler_run(handler, argv[0]);
	if (argc == 3 && strcmp(argv[0], "watch") == 0 &&
	    sequence_read(argv[1], &sequence) &&
	    sequence_read(argv[2], &minutes) && minutes > 0 &&
	    minutes <= SETTINGS_WARN_AFTER_MAX) {
		watch_init(&watch, handler, sequence, minutes);
		watch_run(&watch);
	}
	(void)fputs(usage, stderr);
	return outcome_fail(
	    &handler->outcome, OUTCOME_FAILED, "the command line is wrong");
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "root", required_argument, NULL, 'r' },
		{ 0 },
	};
	struct handler handler;
	const char *root = "";
	int option, status;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option != 'r') {
			(void)fputs(usage, stderr);
			return OUTCOME_FAILED;
		}
		root = optarg;
	}
	prepare();
	status = handler_init(&handler, root);
	if (status == 0)
		status = run(&handler, argc - optind, argv + optind);
	if (status != 0) {
		(void)fprintf(
		    stderr, "walship-extension: %s\n", handler.outcome.message);
		status = handler.outcome.code;
	}
	handler_release(&handler);
	return status;
}
