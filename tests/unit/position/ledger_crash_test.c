/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ledger is saved in a child that ends, or whose call fails, before or after
 * each of its system calls.  Whatever the moment: the entry before it is there
 * afterwards, or the one being saved, and the next save works.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/position/ledger.h"
#include "tests/unit/base/lazy.h"
#include "tests/unit/base/moment.h"
#include "tests/unit/http/sim.h"

int __real_posix_fallocate(int fd, off_t offset, off_t len);
int __wrap_posix_fallocate(int fd, off_t offset, off_t len);

int
__wrap_posix_fallocate(int fd, off_t offset, off_t len)
{
	int result;

	if (call_begins())
		return ENOSPC;
	result = __real_posix_fallocate(fd, offset, len);
	call_ends();
	return result;
}

ssize_t __real_pwrite(int fd, const void *data, size_t len, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *data, size_t len, off_t offset);

ssize_t
__wrap_pwrite(int fd, const void *data, size_t len, off_t offset)
{
	ssize_t result;

	if (call_begins())
		return -1;
	if (what == TEAR && calls == when) {
		(void)__real_pwrite(fd, data, len / 2, offset);
		_exit(ENDED);
	}
	result = __real_pwrite(fd, data, len, offset);
	call_ends();
	return result;
}

/* A ledger taken up from ${path}; its entry goes to ${text}. */
static struct ledger *
take_up(struct sim *sim, struct lazy *lazy, const char *path, char *text)
{
	struct ledger *ledger =
	    ledger_new(sim_clock(sim), &lazy->worker, path, 1);
	uint8_t entry[LEDGER_MAX];
	size_t len = 0;

	assert_non_null(ledger);
	*text = '\0';
	switch (ledger_load(ledger, entry, &len)) {
	case LEDGER_OK:
		assert_in_range(len, 1, 16);
		memcpy(text, entry, len);
		break;
	case LEDGER_NONE:
		break;
	case LEDGER_DAMAGED:
	case LEDGER_NEWER:
	case LEDGER_FAILED:
		fail();
	}
	return ledger;
}

/* Save ${text} to the ledger in ${path}, and have the disk follow. */
static void
save_once(const char *path, const char *text)
{
	struct sim *sim = sim_new(&(struct sim_receiver){ 0 });
	struct ledger *ledger;
	struct lazy lazy;
	char before[16];

	lazy_init(&lazy);
	ledger = take_up(sim, &lazy, path, before);
	(void)ledger_save(ledger, (const uint8_t *)text, strlen(text) + 1);
	ledger_sync(ledger);
	lazy_work(&lazy);
	ledger_free(ledger);
	sim_free(sim);
}

/* What a later life finds there. */
static void
look(const char *path, char *text)
{
	struct sim *sim = sim_new(&(struct sim_receiver){ 0 });
	struct lazy lazy;

	lazy_init(&lazy);
	ledger_free(take_up(sim, &lazy, path, text));
	sim_free(sim);
}

/* Have a child save ${text} and suffer; whether the moment came. */
static bool
suffer(const char *path, const char *text, int how, unsigned int call)
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		what = (__typeof__(what))how;
		when = call;
		save_once(path, text);
		_exit(calls >= when ? ENDED : PASSED);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_in_range(WEXITSTATUS(status), ENDED, PASSED);
	return WEXITSTATUS(status) == ENDED;
}

/* Try all moments at which one that holds ${before}, or is new, may stop. */
static void
try_all(const char *before)
{
	char root[] = "/tmp/ledger.XXXXXX", path[64], temporary[72], text[16];
	unsigned int call, moments = 0;
	int how;

	assert_non_null(mkdtemp(root));
	(void)snprintf(path, sizeof(path), "%s/it", root);
	(void)snprintf(temporary, sizeof(temporary), "%s.tmp", path);
	for (how = END_BEFORE; how <= FAIL; how++)
		for (call = 1; call < CALLS_MAX; call++) {
			(void)unlink(path);
			(void)unlink(temporary);
			if (*before != '\0')
				save_once(path, before);
			if (!suffer(path, "new", how, call))
				break;
			moments++;
			look(path, text);
			if (strcmp(text, "new") != 0)
				assert_string_equal(text, before);
			save_once(path, "later");
			look(path, text);
			assert_string_equal(text, "later");
		}
	assert_in_range(call, 2, CALLS_MAX - 1);
	assert_true(moments >= 6);
	(void)unlink(path);
	(void)unlink(temporary);
	assert_int_equal(rmdir(root), 0);
}

static void
a_new_one_is_there_or_not(void **state)
{
	(void)state;
	try_all("");
}

static void
one_that_was_there_stays(void **state)
{
	(void)state;
	try_all("old");
}

/* The kernel may hold for clean what it failed to write: it is written anew. */
static void
what_a_failed_sync_may_have_lost_is_written_again(void **state)
{
	char root[] = "/tmp/ledger.XXXXXX", path[64], text[16];
	struct sim *sim = sim_new(&(struct sim_receiver){ 0 });
	struct ledger *ledger;
	struct lazy lazy;

	(void)state;
	assert_non_null(mkdtemp(root));
	(void)snprintf(path, sizeof(path), "%s/it", root);
	save_once(path, "old");
	lazy_init(&lazy);
	ledger = take_up(sim, &lazy, path, text);
	assert_int_equal(ledger_save(ledger, (const uint8_t *)"new", 4), 0);
	ledger_sync(ledger);
	calls = 0;
	when = 1;
	what = FAIL; /* The first call, which is fdatasync. */
	lazy_work(&lazy);
	assert_int_equal(calls, 2); /* And pwrite. */
	what = NOTHING;
	(void)sim_run(sim, LEDGER_SYNC);
	assert_int_equal(lazy.submitted, 2);
	lazy_work(&lazy);
	ledger_free(ledger);
	sim_free(sim);
	look(path, text);
	assert_string_equal(text, "new");
	(void)unlink(path);
	assert_int_equal(rmdir(root), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_one_is_there_or_not),
		cmocka_unit_test(one_that_was_there_stays),
		cmocka_unit_test(
		    what_a_failed_sync_may_have_lost_is_written_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
