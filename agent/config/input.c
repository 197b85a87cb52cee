/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/config/input.h"

/* Say why ${path} cannot be read: errno value ${error}, and what to do. */
static void
put_unreadable(
    struct buf *faults, const char *path, const char *missing, int error)
{
	const struct passwd *user;

	buf_printf(faults, "%s: cannot be read: %s", path, strerror(error));
	if (error == ENOENT) {
		buf_printf(faults, "; %s", missing);
	} else if (error == EACCES || error == EPERM) {
		user = getpwuid(geteuid());
		buf_printf(faults, " for user %s (uid %lu)",
		    user != NULL ? user->pw_name : "without a name",
		    (unsigned long)geteuid());
		buf_puts(faults,
		    "; let that user read the file and enter "
		    "the directories above it");
	}
	buf_putc(faults, '\n');
}

/* Append what ${fd} holds to ${text}; -1 with errno if it cannot be read. */
static int
read_all(int fd, struct buf *text)
{
	uint8_t *into;
	ssize_t n;

	while (text->len <= text->max - INPUT_BLOCK) {
		if ((into = buf_reserve(text, INPUT_BLOCK)) == NULL) {
			errno = ENOMEM;
			return -1;
		}
		n = read(fd, into, INPUT_BLOCK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		text->len += (size_t)n;
	}
	return 0;
}

int
input_read(
    const char *path, const char *missing, struct buf *text, struct buf *faults)
{
	struct stat st;
	int fd, result = -1;

	/* Without O_NONBLOCK a FIFO would keep us waiting for a writer. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1 || fstat(fd, &st) != 0)
		put_unreadable(faults, path, missing, errno);
	else if (!S_ISREG(st.st_mode))
		buf_printf(
		    faults, "%s: not a regular file; %s\n", path, missing);
	else if ((result = read_all(fd, text)) != 0)
		put_unreadable(faults, path, missing, errno);
	if (fd != -1)
		(void)close(fd);
	return result;
}
