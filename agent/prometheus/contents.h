/* SPDX-License-Identifier: Apache-2.0 */
/* agent/prometheus/contents.h - what a file of /proc holds. */
#ifndef AGENT_PROMETHEUS_CONTENTS_H
#define AGENT_PROMETHEUS_CONTENTS_H

#include "agent/base/buf.h"

/**
 * contents_read(dir, path, out):
 * Append the file ${path}, from the directory ${dir} on, to ${out}, as far as
 * there is room.  Return -1, with errno, if it cannot be read.
 */
int contents_read(int dir, const char *path, struct buf *out);

#endif /* AGENT_PROMETHEUS_CONTENTS_H */
