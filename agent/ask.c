/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "agent/admin/control.h"
#include "agent/ask.h"
#include "agent/config/config.h"

#define PATIENCE 60                 /* Seconds that an answer may take. */
#define BLOCK 4096u                 /* Bytes read at a time. */
#define FAULTS_MAX CONTROL_TEXT_MAX /* Bytes of faults. */

char *
ask_state_dir(const char *path)
{
	struct buf faults;
	char *state_dir;

	buf_init(&faults, FAULTS_MAX);
	if ((state_dir = config_state_dir(path, &faults)) == NULL)
		(void)fputs(buf_text(&faults), stderr);
	buf_release(&faults);
	return state_dir;
}

/* Say why nobody can be asked: errno. */
static void
say_alone(const char *command, const char *state_dir)
{
	int error = errno;

	if (error == ENOENT || error == ECONNREFUSED)
		(void)fprintf(stderr,
		    "walship %s: no walship runs with the state directory "
		    "%s; start it, or name its configuration with -c\n",
		    command, state_dir);
	else
		(void)fprintf(stderr,
		    "walship %s: cannot ask the walship with the state "
		    "directory %s: %s%s\n",
		    command, state_dir, strerror(error),
		    error == EACCES || error == EPERM
			? "; be the user that it runs as, or root"
			: "");
}

/* Send ${question} over ${fd}, and append all that comes back; -1 with errno. */
static int
exchange(int fd, const char *question, struct buf *answer)
{
	const struct timeval patience = { .tv_sec = PATIENCE };
	struct iovec line[] = {
		{ (void *)(uintptr_t)question, strlen(question) },
		{ (void *)(uintptr_t) "\n", 1 },
	};
	const struct msghdr message = { .msg_iov = line, .msg_iovlen = 2 };
	uint8_t *into;
	ssize_t n;

	/* Whole, to whoever reads once. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		sizeof(patience)) != 0 ||
	    sendmsg(fd, &message, MSG_NOSIGNAL) == -1)
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

/* Take apart what came: a line, and the text that goes to ${answer}. */
static int
take(const char *command, struct buf *all, struct buf *answer)
{
	const char *line = buf_text(all), *text = strchr(line, '\n');

	if (text == NULL) {
		(void)fprintf(stderr,
		    "walship %s: it ended before it answered; see its log\n",
		    command);
		return -1;
	}
	buf_puts(answer, text + 1);
	return strncmp(line, CONTROL_OK "\n", sizeof(CONTROL_OK)) == 0 ? 0 : 1;
}

int
ask(const char *command, const char *state_dir, const char *question,
    struct buf *answer)
{
	int result = -1, fd = control_connect(state_dir);
	struct buf all;

	if (fd == -1) {
		say_alone(command, state_dir);
		return -1;
	}
	buf_init(&all, ASK_ANSWER_MAX);
	if (exchange(fd, question, &all) == 0)
		result = take(command, &all, answer);
	else
		(void)fprintf(stderr,
		    "walship %s: no answer: %s; see its log\n", command,
		    errno == EAGAIN ? "it took too long" : strerror(errno));
	buf_release(&all);
	(void)close(fd);
	return result;
}
