/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/hash.h"
#include "agent/base/host.h"

#define MACHINE_ID_MAX 64u /* Bytes that count of such a file. */

/* Read what ${path} holds into ${to}; return how many bytes, 0 for none. */
static size_t
read_id(const char *path, char *to)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t len;

	if (fd == -1)
		return 0;
	len = read(fd, to, MACHINE_ID_MAX);
	(void)close(fd);
	return len > 0 ? (size_t)len : 0;
}

uint32_t
host_number(const char *path)
{
	char text[MACHINE_ID_MAX + HOST_NAME_MAX + 1];
	size_t len = read_id(path, text);

	if (gethostname(text + len, HOST_NAME_MAX + 1) == 0)
		len += strnlen(text + len, HOST_NAME_MAX);
	return hash_stable(text, len);
}
