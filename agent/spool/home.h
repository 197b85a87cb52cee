/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/spool/home.h - spool.dir: a directory of our own, used by nobody else.
 */
#ifndef AGENT_SPOOL_HOME_H
#define AGENT_SPOOL_HOME_H

/**
 * home_open(path, data_dir):
 * Open the directory ${path}, which is created if its parent exists, and lock
 * it until the descriptor and all its copies are closed.  Return -1, with
 * errno: EBUSY if another process uses it; EPERM if it is not ours alone, mode
 * 0700; EINVAL if it is, or is in, ${data_dir}.
 */
int home_open(const char *path, const char *data_dir);

#endif /* AGENT_SPOOL_HOME_H */
