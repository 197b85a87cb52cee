/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/ship/shape.h - what an entry takes of the log, how large its batches
 * are, and when they are cut.
 */
#ifndef AGENT_SHIP_SHAPE_H
#define AGENT_SHIP_SHAPE_H

#include <stdint.h>

#include "agent/base/clock.h"
#include "agent/batch/cutter.h"
#include "agent/config/config.h"
#include "agent/intake/intake.h"

/* What a backlog's batches hold, unless max_samples_per_send is set. */
#define SHAPE_GROUPED_MAX 20000u /* Entries. */

/*
 * Where a backlog is sent slowly, its batches span no more time than this: in
 * longer ones the oldest samples of the last would wait for all the others.
 */
#define SHAPE_SPAN INT64_C(60000) /* ms. */

/**
 * shape_take(config, remote, options):
 * Put into ${options} what ${config} and its ${remote} say of what is taken of
 * the log, and with which labels; but the external ones are the caller's to put
 * there, as many as there are in ${config}.
 */
void shape_take(const struct config *config, const struct config_remote *remote,
    struct intake_options *options);

/**
 * shape_cut(remote, clock, host, options):
 * Put into ${options} what ${remote} says of the sizes of batches, and of the
 * time until they are cut.  If many hosts send there, this one, whose number
 * is ${host}, has a moment of its own by the clock on the wall, which all of
 * them have alike.
 */
void shape_cut(const struct config_remote *remote, struct clock *clock,
    uint32_t host, struct cutter_options *options);

#endif /* AGENT_SHIP_SHAPE_H */
