/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "agent/admin/control.h"
#include "agent/config/config.h"
#include "agent/exit.h"
#include "agent/options.h"
#include "agent/reload.h"
#include "agent/terminal.h"

#define PATIENCE 60                       /* Seconds that an answer may take. */
#define BLOCK 4096u                       /* Bytes read at a time. */
#define FAULTS_MAX CONTROL_TEXT_MAX       /* Bytes of faults. */
#define ANSWER_MAX (2 * CONTROL_TEXT_MAX) /* Bytes that are believed. */

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

/* Say why nobody can be asked: errno. */
static void
say_alone(const char *state_dir)
{
	int error = errno;

	if (error == ENOENT || error == ECONNREFUSED)
		(void)fprintf(stderr,
		    "walship reload: no walship runs with the state directory "
		    "%s; start it, or name its configuration with -c\n",
		    state_dir);
	else
		(void)fprintf(stderr,
		    "walship reload: cannot ask the walship with the state "
		    "directory %s: %s%s\n",
		    state_dir, strerror(error),
		    error == EACCES || error == EPERM
			? "; be the user that it runs as, or root"
			: "");
}

/* Ask over ${fd}, and append all of the answer to ${answer}; -1 with errno. */
static int
ask(int fd, struct buf *answer)
{
	static const char question[] = "reload\n";
	const struct timeval patience = { .tv_sec = PATIENCE };
	uint8_t *into;
	ssize_t n;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		sizeof(patience)) != 0 ||
	    send(fd, question, sizeof(question) - 1, MSG_NOSIGNAL) == -1)
		return -1;
	do {
		if ((into = buf_reserve(answer, BLOCK)) == NULL) {
			errno = ENOMEM;
			return -1;
		}
		n = recv(fd, into, BLOCK, 0);
		answer->len += n > 0 ? (size_t)n : 0;
	} while (n > 0 || (n == -1 && errno == EINTR));
	return (int)n;
}

/* Print what was answered; the exit status. */
static int
print(const char *answer)
{
	const char *text = strchr(answer, '\n');

	if (text == NULL) {
		(void)fputs("walship reload: it ended before it answered; see "
			    "its log\n",
		    stderr);
		return EXIT_RUN;
	}
	if (strncmp(answer, CONTROL_OK "\n", sizeof(CONTROL_OK)) == 0) {
		terminal_print(text + 1, stdout);
		return EXIT_OK;
	}
	terminal_print(text + 1, stderr);
	return EXIT_RUN;
}

/* Have the walship of ${state_dir} reload; the exit status. */
static int
reload(const char *state_dir)
{
	int status = EXIT_RUN, fd = control_connect(state_dir);
	struct buf answer;

	if (fd == -1) {
		say_alone(state_dir);
		return EXIT_RUN;
	}
	buf_init(&answer, ANSWER_MAX);
	if (ask(fd, &answer) == 0)
		status = print(buf_text(&answer));
	else
		(void)fprintf(stderr,
		    "walship reload: no answer: %s; see its log\n",
		    errno == EAGAIN ? "it took too long" : strerror(errno));
	buf_release(&answer);
	(void)close(fd);
	return status;
}

int
reload_command(int argc, char **argv)
{
	struct buf faults;
	const char *path;
	char *state_dir;
	int status;

	if ((path = options_read(argc, argv, usage, &status)) == NULL)
		return status;
	buf_init(&faults, FAULTS_MAX);
	if ((state_dir = config_state_dir(path, &faults)) == NULL)
		(void)fputs(buf_text(&faults), stderr);
	buf_release(&faults);
	if (state_dir == NULL)
		return EXIT_USAGE;
	status = reload(state_dir);
	free(state_dir);
	return status;
}
