/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "agent/ask.h"
#include "agent/exit.h"
#include "agent/options.h"
#include "agent/reload.h"
#include "agent/terminal.h"

static const char usage[] =
    "Usage: walship reload [-c FILE]\n"
    "\n"
    "Have the walship that runs read its configuration again, and say what "
    "came\n"
    "of it.  A file with a fault changes nothing: the faults are printed.\n"
    "\n"
    "  -c, --config FILE  where to find its state_dir; " OPTIONS_CONFIG "\n"
    "                     if not given\n"
    "  -h, --help         this text\n";

/* Have the walship of ${state_dir} reload; the exit status. */
static int
reload(const char *state_dir)
{
	struct buf answer;
	int done;

	buf_init(&answer, ASK_ANSWER_MAX);
	done = ask("reload", state_dir, "reload", &answer);
	terminal_print(buf_text(&answer), done == 0 ? stdout : stderr);
	buf_release(&answer);
	return done == 0 ? EXIT_OK : EXIT_RUN;
}

int
reload_command(int argc, char **argv)
{
	const char *path;
	char *state_dir;
	int status;

	if ((path = options_read(argc, argv, usage, &status)) == NULL)
		return status;
	if ((state_dir = ask_state_dir(path)) == NULL)
		return EXIT_USAGE;
	status = reload(state_dir);
	free(state_dir);
	return status;
}
