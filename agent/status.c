/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "agent/admin/control.h"
#include "agent/ask.h"
#include "agent/exit.h"
#include "agent/options.h"
#include "agent/screen.h"
#include "agent/status.h"

#define WATCH_SECONDS 2u
#define WIDTH 80u /* Columns, where nobody says. */

/* Wipe the screen, and go to its top; what was there before is scrolled to. */
#define CLEAR "\033[2J\033[H"

static const char usage[] =
    "Usage: walship status [-c FILE | --socket PATH] [--json] [--watch]\n"
    "\n"
    "Say how the walship that runs is doing with each of its receivers.\n"
    "\n"
    "  -c, --config FILE  where to find its state_dir; " OPTIONS_CONFIG "\n"
    "                     if not given\n"
    "  --socket PATH      its control socket, in place of a configuration\n"
    "  --json             all of it, as one line of JSON\n"
    "  --watch            again every 2 seconds, until it is interrupted\n"
    "  -h, --help         this text\n"
    "\n"
    "Exit status: 0 all is well, or works at least; 4 some receiver gets\n"
    "nothing; 1 there is no walship to ask; 2 wrong usage.\n";

struct choice {
	const char *config;
	const char *socket; /* NULL: by the configuration. */
	bool json, watch;
};

/* Read the command line; false, with ${ret_status}, if that was all. */
static bool
read_options(int argc, char **argv, struct choice *choice, int *ret_status)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "socket", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "watch", no_argument, NULL, 'w' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	*ret_status = EXIT_USAGE;
	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (option == 'c')
			choice->config = optarg;
		else if (option == 's')
			choice->socket = optarg;
		else if (option == 'j')
			choice->json = true;
		else if (option == 'w')
			choice->watch = true;
		else {
			(void)fputs(usage, option == 'h' ? stdout : stderr);
			*ret_status = option == 'h' ? EXIT_OK : EXIT_USAGE;
			return false;
		}
	}
	if (optind == argc)
		return true;
	(void)fprintf(
	    stderr, "walship status: what is %s?\n\n%s", argv[optind], usage);
	return false;
}

/* The directory that the socket ${path} is in, to be freed; NULL, said. */
static char *
directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;

	if (strcmp(name, CONTROL_NAME) != 0) {
		(void)fprintf(stderr,
		    "walship status: --socket is the file \"" CONTROL_NAME
		    "\" in its state_dir, not %s\n",
		    path);
		return NULL;
	}
	return slash == NULL ? strdup(".")
			     : strndup(path, (size_t)(slash - path) + 1);
}

/* How many columns there are to write to. */
static unsigned int
width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	if (columns != NULL && atoi(columns) > 0)
		return (unsigned int)atoi(columns);
	return WIDTH;
}

/* Write what is known on a screen; the exit status. */
static int
print(const char *answer, const struct choice *choice)
{
	json_t *status = json_loads(answer, 0, NULL);
	bool tty = isatty(STDOUT_FILENO) == 1, trouble;
	struct buf screen;

	if (status == NULL) {
		(void)fputs("walship status: what was answered is no JSON; is "
			    "it a walship of another version?\n",
		    stderr);
		return EXIT_RUN;
	}
	buf_init(&screen, SCREEN_MAX);
	screen_put(status, width(), tty && getenv("NO_COLOR") == NULL, &screen);
	trouble = screen_in_trouble(status);
	json_decref(status);
	if (choice->watch && tty && !choice->json)
		(void)fputs(CLEAR, stdout);
	(void)fputs(choice->json ? answer : buf_text(&screen), stdout);
	(void)fflush(stdout);
	buf_release(&screen);
	return trouble ? EXIT_TROUBLE : EXIT_OK;
}

/* Ask once, and print; the exit status. */
static int
once(const char *state_dir, const struct choice *choice)
{
	int status = EXIT_RUN;
	struct buf answer;

	buf_init(&answer, ASK_ANSWER_MAX);
	switch (ask("status", state_dir, "status", &answer)) {
	case 0:
		status = print(buf_text(&answer), choice);
		break;
	case 1:
		(void)fputs("walship status: it could not say; is it of "
			    "another version, or out of memory?\n",
		    stderr);
		break;
	default:
		break; /* Said. */
	}
	buf_release(&answer);
	return status;
}

int
status_command(int argc, char **argv)
{
	struct choice choice = { .config = OPTIONS_CONFIG };
	char *state_dir;
	int status;

	if (!read_options(argc, argv, &choice, &status))
		return status;
	state_dir = choice.socket != NULL ? directory_of(choice.socket)
					  : ask_state_dir(choice.config);
	if (state_dir == NULL)
		return EXIT_USAGE;
	status = once(state_dir, &choice);
	while (choice.watch) {
		(void)sleep(WATCH_SECONDS);
		status = once(state_dir, &choice);
	}
	free(state_dir);
	return status;
}
