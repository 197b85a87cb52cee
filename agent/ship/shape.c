/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/ship/shape.h"

/* The monotonic moment of ${host}, modulo ${patience}. */
static uint64_t
phase_of(struct clock *clock, uint32_t host, uint64_t patience)
{
	uint64_t wall = (uint64_t)clock_wall(clock) * CLOCK_MSEC;
	uint64_t ahead = (wall - clock_monotonic(clock)) % patience;

	return (host * CLOCK_MSEC % patience + patience - ahead) % patience;
}

void
shape_take(const struct config *config, const struct config_remote *remote,
    struct intake_options *options)
{
	options->name = remote->name;
	options->data_dir = config->data_dir;
	options->external_len = config->external_labels_len;
	options->rules = remote->rules;
	options->rules_len = remote->rules_len;
	options->share_index = remote->share_index;
	options->share_count = remote->share_count;
	options->label_limits = remote->label_limits;
	options->exemplars = remote->send_exemplars;
	options->histograms = remote->send_native_histograms;
}

void
shape_cut(const struct config_remote *remote, struct clock *clock,
    uint32_t host, struct cutter_options *options)
{
	const struct config_queue *queue = &remote->queue;

	options->entries_max = queue->max_samples_per_send;
	options->grouped_max = queue->max_samples_given
	    ? queue->max_samples_per_send
	    : SHAPE_GROUPED_MAX;
	options->span = remote->catch_up > 0 ? SHAPE_SPAN : 0;
	options->patience = queue->batch_send_deadline;
	options->phased = remote->spread;
	options->phase = phase_of(clock, host, queue->batch_send_deadline);
}
