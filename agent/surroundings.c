/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "agent/base/log.h"
#include "agent/position/state.h"
#include "agent/prometheus/sight.h"
#include "agent/surroundings.h"

int
surroundings_check(const struct config *config, const char *wal_dir)
{
	char user[SIGHT_USER_MAX];
	struct sight_fault fault;

	if (sight_check(config->data_dir, wal_dir, &fault) == 0)
		return 0;
	sight_user(user);
	log_error(fault.what, LOG_STR("path", fault.path),
	    LOG_STR("user", user), LOG_ERRNO(fault.error),
	    LOG_STR("advice", fault.advice));
	return -1;
}

int
surroundings_lock(const struct config *config)
{
	char user[SIGHT_USER_MAX];
	int error, fd = -1;
	enum state_result result = state_lock(config->state_dir, &fd);

	error = errno; /* Looking up the user's name loses it. */
	sight_user(user);
	switch (result) {
	case STATE_OK:
		break;
	case STATE_IN_USE:
		log_error("another walship uses this state directory; stop it, "
			  "or give this one a state_dir of its own",
		    LOG_STR("path", config->state_dir));
		break;
	case STATE_FAILED:
		log_error("cannot use the state directory; create it, and make "
			  "this user its owner, or set state_dir",
		    LOG_STR("path", config->state_dir), LOG_STR("user", user),
		    LOG_ERRNO(error));
		break;
	}
	return fd;
}
