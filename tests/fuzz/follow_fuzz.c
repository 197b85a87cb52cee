/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wal/follow.h"

#define CALLS_MAX 1000000u /* Far more than there are bytes. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The files of the log, by the part of the input that they hold. */
static const char *const names[] = { "checkpoint.00000001/00000000",
	"checkpoint.00000002/00000000", "00000002", "00000003" };

#define FILES (sizeof(names) / sizeof(*names))

static void
put(int dir, const char *name, const uint8_t *data, size_t len)
{
	int fd = openat(dir, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	if (fd == -1 || write(fd, data, len) != (ssize_t)len)
		abort();
	(void)close(fd);
}

/* Follow ${path} from ${mark} to its end, which must come. */
static void
follow(const char *path, const struct wal_mark *mark)
{
	struct wal_follow *follow;
	struct wal_mark here;
	struct wal_entry entry;
	enum wal_status st = WAL_OK;
	unsigned int calls;

	follow = wal_follow_open(&(struct wal_follow_options){
	    .path = path,
	    .from = WAL_FROM_MARK,
	    .mark = mark,
	    .patient = true,
	});
	if (follow == NULL)
		abort();
	for (calls = 0; st != WAL_END; calls++) {
		st = wal_follow_next(follow, &entry);
		wal_follow_mark(follow, &here);
		if (calls == CALLS_MAX || st < WAL_OK)
			abort();
	}
	wal_follow_free(follow);
}

/* A mark, and then the files of a log, which are of the same size. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char path[] = "/tmp/walship-fuzz-XXXXXX";
	struct wal_mark mark = { 0 };
	size_t i, head = len < sizeof(mark) ? len : sizeof(mark), part;
	int dir;

	memcpy(&mark, data, head);
	data += head;
	part = (len - head) / FILES;
	if (mkdtemp(path) == NULL ||
	    (dir = open(path, O_DIRECTORY | O_RDONLY | O_CLOEXEC)) == -1 ||
	    mkdirat(dir, "checkpoint.00000001", 0700) != 0 ||
	    mkdirat(dir, "checkpoint.00000002", 0700) != 0)
		abort();
	for (i = 0; i < FILES; i++)
		put(dir, names[i], data + i * part, part);
	follow(path, &mark);
	for (i = 0; i < FILES; i++)
		(void)unlinkat(dir, names[i], 0);
	if (unlinkat(dir, "checkpoint.00000001", AT_REMOVEDIR) != 0 ||
	    unlinkat(dir, "checkpoint.00000002", AT_REMOVEDIR) != 0 ||
	    rmdir(path) != 0)
		abort();
	(void)close(dir);
	return 0;
}
