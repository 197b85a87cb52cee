/* SPDX-License-Identifier: Apache-2.0 */
/* agent/series/external.h - the configuration's labels for every series. */
#ifndef AGENT_SERIES_EXTERNAL_H
#define AGENT_SERIES_EXTERNAL_H

#include "agent/config/config.h"
#include "wal/record.h"

/**
 * external_lend(config):
 * The external labels of ${config}, as labels of series are; the texts stay
 * ${config}'s, the array is to be freed.  NULL if there is no memory.
 */
struct wal_label *external_lend(const struct config *config);

#endif /* AGENT_SERIES_EXTERNAL_H */
