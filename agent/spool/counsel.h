/* SPDX-License-Identifier: Apache-2.0 */
/* agent/spool/counsel.h - what to do where segments cannot be held. */
#ifndef AGENT_SPOOL_COUNSEL_H
#define AGENT_SPOOL_COUNSEL_H

#include "agent/config/config.h"

/* When home_open fails with ${error}. */
const char *counsel_on_dir(int error);

/* When link_try, of the log ${wal_dir} to ${config}'s spool.dir, does. */
const char *counsel_on_link(
    const struct config *config, const char *wal_dir, int error);

#endif /* AGENT_SPOOL_COUNSEL_H */
