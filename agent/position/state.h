/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/position/state.h - the directory that only one walship may use.
 *
 * It holds a file "lock", locked as long as the process lives.
 */
#ifndef AGENT_POSITION_STATE_H
#define AGENT_POSITION_STATE_H

enum state_result {
	STATE_OK,
	STATE_IN_USE, /* By another walship. */
	STATE_FAILED, /* errno says why. */
};

/**
 * state_lock(path, ret_fd):
 * Create the directory ${path} (not its parents) if need be, and lock it.
 * Store in ${ret_fd} the descriptor that holds the lock until it is closed.
 */
enum state_result state_lock(const char *path, int *ret_fd);

#endif /* AGENT_POSITION_STATE_H */
