/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/prometheus/apart.h - a process with mounts of its own. */
#ifndef TESTS_UNIT_PROMETHEUS_APART_H
#define TESTS_UNIT_PROMETHEUS_APART_H

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Have ${arrange} done in a mount namespace of a child, which is stopped; -1:
 * that cannot be had here. */
static inline pid_t
apart_live(int (*arrange)(void))
{
	pid_t child = fork();
	int status;

	assert_int_not_equal(child, -1);
	if (child == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 ||
		    unshare(CLONE_NEWNS) != 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		    arrange() != 0)
			_exit(1);
		(void)raise(SIGSTOP);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, WUNTRACED), child);
	return WIFSTOPPED(status) ? child : -1;
}

static inline void
apart_end(pid_t child)
{
	int status;

	(void)kill(child, SIGKILL);
	(void)waitpid(child, &status, 0);
}

#endif /* TESTS_UNIT_PROMETHEUS_APART_H */
