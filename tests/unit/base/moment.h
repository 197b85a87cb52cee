/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/base/moment.h - end a child, or fail it, at any of its system
 * calls.
 *
 * A test that includes this wraps fdatasync, fsync, unlink and rename; others
 * it wraps by itself.  A child sets ${what} and ${when}, and the call of that
 * number is the moment.
 */
#ifndef TESTS_UNIT_BASE_MOMENT_H
#define TESTS_UNIT_BASE_MOMENT_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#define ENDED 7  /* The child's status when it came to the moment, */
#define PASSED 8 /* and when it did not. */
#define CALLS_MAX 64u

/* What happens at which call. */
static enum { NOTHING, END_BEFORE, END_AFTER, TEAR, FAIL } what;
static unsigned int when, calls;

/* A system call begins; whether it is to fail. */
static bool
call_begins(void)
{
	if (what == NOTHING || ++calls != when)
		return false;
	if (what == END_BEFORE)
		_exit(ENDED);
	errno = EIO;
	return what == FAIL;
}

/* And has ended. */
static void
call_ends(void)
{
	if (what == END_AFTER && calls == when)
		_exit(ENDED);
}

#define WRAP(name, list, args) \
	int __real_##name list; \
	int __wrap_##name list; \
	int __wrap_##name list \
	{ \
		int result; \
\
		if (call_begins()) \
			return -1; \
		result = __real_##name args; \
		call_ends(); \
		return result; \
	}

WRAP(fdatasync, (int fd), (fd))
WRAP(fsync, (int fd), (fd))
WRAP(unlink, (const char *path), (path))
WRAP(rename, (const char *from, const char *to), (from, to))

#endif /* TESTS_UNIT_BASE_MOMENT_H */
