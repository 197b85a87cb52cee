/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/spool/discard.h - descriptors that are done with, closed by the worker.
 *
 * Whoever closes the last descriptor of a large file without a name waits until
 * the disk has taken back its blocks.
 */
#ifndef AGENT_SPOOL_DISCARD_H
#define AGENT_SPOOL_DISCARD_H

#include "agent/base/worker.h"

/* Have ${fd} closed; do nothing to -1. */
void discard_fd(struct worker *worker, int fd);

#endif /* AGENT_SPOOL_DISCARD_H */
