/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "packaging/azure/extension/child.h"
#include "packaging/azure/extension/files.h"

#define BLOCK 4096u    /* Bytes read at a time. */
#define LOGGED 1500u   /* Bytes of what it wrote that go to the log. */
#define LAST 256u      /* Blocks read once it has ended. */
#define TURN 200       /* Milliseconds between two looks at it. */
#define NAP 10         /* The same of one that has closed its pipe. */
#define WORDS_MAX 512u /* Bytes of a command in the log. */

void
child_init(struct child *child, size_t max)
{
	buf_init(&child->said, max);
}

void
child_release(struct child *child)
{
	buf_release(&child->said);
}

static double
seconds_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Keep the end of what was written, with ${len} bytes more at ${data}. */
static void
keep(struct buf *said, const uint8_t *data, size_t len)
{
	size_t first = len > said->max ? len - said->max : 0, over;

	data += first;
	len -= first;
	if (said->len > said->max - len) {
		over = said->len - (said->max - len);
		memmove(said->data, said->data + over, said->len - over);
		said->len -= over;
	}
	buf_put(said, data, len);
}

/* Whether there is something to read within ${wait} milliseconds. */
static bool
is_readable(int fd, int wait)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	return poll(&poll_fd, 1, wait) > 0;
}

/* Read what there is within ${TURN}; false once nobody can write any more. */
static bool
listen_to(int fd, struct buf *said)
{
	uint8_t block[BLOCK];
	ssize_t n;

	if (!is_readable(fd, TURN))
		return true;
	n = read(fd, block, sizeof(block));
	if (n > 0)
		keep(said, block, (size_t)n);
	return n > 0 || (n < 0 && errno == EINTR);
}

/* Whether ${pid} has ended, with what; it is waited for if ${flags} is 0. */
static bool
has_ended(pid_t pid, int flags, int *ret)
{
	int status;
	pid_t ended;

	while ((ended = waitpid(pid, &status, flags)) == -1 && errno == EINTR)
		;
	if (ended == 0)
		return false;
	*ret = ended == pid && WIFEXITED(status) ? WEXITSTATUS(status)
						 : CHILD_KILLED;
	return true;
}

/* Hear ${pid} out, over ${fd}, until it ends or ${seconds} have passed. */
static int
attend(pid_t pid, int fd, unsigned seconds, struct buf *said)
{
	const struct timespec nap = { .tv_nsec = NAP * 1000000L };
	double end = seconds_now() + seconds;
	bool open = true;
	unsigned i;
	int result;

	/* What it started may live on with our pipe: its own end counts. */
	while (!has_ended(pid, WNOHANG, &result)) {
		if (seconds_now() > end) {
			(void)kill(pid, SIGKILL);
			(void)has_ended(pid, 0, &result);
			return CHILD_LATE;
		}
		if (open)
			open = listen_to(fd, said);
		else
			(void)nanosleep(&nap, NULL);
	}
	/* What it wrote last may not have been read. */
	for (i = 0; i < LAST && open && is_readable(fd, 0); i++)
		open = listen_to(fd, said);
	return result;
}

static int
start(const char *const argv[], int out, pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	int error;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return -1;
	(void)posix_spawn_file_actions_addopen(
	    &actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	(void)posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	(void)posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
	error = posix_spawnp(ret, argv[0], &actions, NULL,
	    (char *const *)(uintptr_t)argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	return error == 0 ? 0 : -1;
}

int
child_run(struct child *child, unsigned seconds, const char *const argv[])
{
	int ends[2], result = CHILD_NOT_RUN;
	pid_t pid;

	buf_reset(&child->said);
	if (pipe2(ends, O_CLOEXEC) != 0)
		return CHILD_NOT_RUN;
	if (start(argv, ends[1], &pid) == 0) {
		(void)close(ends[1]);
		ends[1] = -1;
		result = attend(pid, ends[0], seconds, &child->said);
	}
	(void)close(ends[0]);
	if (ends[1] != -1)
		(void)close(ends[1]);
	return result;
}

int
child_run_logged(
    struct child *child, unsigned seconds, const char *const argv[])
{
	int status = child_run(child, seconds, argv);
	size_t len = child->said.len < LOGGED ? child->said.len : LOGGED;
	struct buf words;
	size_t i;

	buf_init(&words, WORDS_MAX);
	for (i = 0; argv[i] != NULL; i++)
		buf_printf(&words, i > 0 ? " %s" : "%s", argv[i]);
	log_info("ran a program", LOG_STR("command", buf_text(&words)),
	    LOG_INT("status", status),
	    LOG_BYTES(
		"said", buf_text(&child->said) + (child->said.len - len), len));
	buf_release(&words);
	return status;
}

bool
child_said(struct child *child, const char *text)
{
	return memmem(buf_text(&child->said), child->said.len, text,
		   strlen(text)) != NULL;
}

const char *
child_last_line(struct child *child)
{
	char *text = (char *)(uintptr_t)buf_text(&child->said);
	size_t len = strlen(text);
	char *end;

	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == ' '))
		text[--len] = '\0';
	end = strrchr(text, '\n');
	return end != NULL ? end + 1 : text;
}

bool
child_has(const char *name)
{
	const char *at = getenv("PATH"), *end;
	struct path path;

	for (; at != NULL && *at != '\0'; at = *end == ':' ? end + 1 : end) {
		end = strchrnul(at, ':');
		if (path_set(&path, "%.*s/%s", (int)(end - at), at, name) ==
			0 &&
		    access(path.text, X_OK) == 0)
			return true;
	}
	return false;
}
