/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "agent/base/log.h"
#include "agent/fleet.h"
#include "agent/ship/destination.h"
#include "agent/ship/places.h"
#include "agent/ship/totals.h"

struct fleet {
	struct fleet_options options;
	struct places *places;
	struct totals totals;
	struct destination **ships; /* One an entry of remote_write. */
	size_t len;
	size_t draining; /* Those that have more to send. */
};

static void
ship_drained(void *arg)
{
	struct fleet *fleet = arg;

	if (--fleet->draining == 0)
		fleet->options.drained(fleet->options.arg);
}

static void
ship_failed(void *arg)
{
	struct fleet *fleet = arg;

	fleet->options.failed(fleet->options.arg);
}

/* Make the destination of ${remote}, which reads on from ${place}. */
static struct destination *
make(struct fleet *fleet, const struct config_remote *remote,
    struct place *place)
{
	const struct fleet_options *options = &fleet->options;

	log_info("sending to a receiver", LOG_STR("remote", remote->name),
	    LOG_STR("url", remote->shown_url));
	return destination_new(&(struct destination_options){
	    .clock = options->clock,
	    .http = options->http,
	    .stats = options->stats,
	    .totals = &fleet->totals,
	    .sets = options->sets,
	    .config = options->config,
	    .remote = remote,
	    .wal_dir = options->wal_dir,
	    .place = place,
	    .behind = DESTINATION_BEHIND,
	    .drained = ship_drained,
	    .failed = ship_failed,
	    .arg = fleet,
	});
}

/* Make all destinations, each with its place. */
static int
make_all(struct fleet *fleet)
{
	const struct config *config = fleet->options.config;
	struct place_claim claims[CONFIG_REMOTES_MAX];
	size_t i;

	for (i = 0; i < config->remotes_len; i++)
		claims[i] = (struct place_claim){
			.key = config->remotes[i].name,
			.url = config->remotes[i].shown_url,
		};
	if (places_assign(fleet->places, claims, config->remotes_len) != 0)
		return -1;
	fleet->ships = calloc(config->remotes_len, sizeof(*fleet->ships));
	if (fleet->ships == NULL)
		return -1;
	for (i = 0; i < config->remotes_len; i++) {
		fleet->ships[i] =
		    make(fleet, &config->remotes[i], claims[i].place);
		if (fleet->ships[i] == NULL)
			return -1;
		fleet->len++;
	}
	return 0;
}

struct fleet *
fleet_new(const struct fleet_options *options)
{
	struct fleet *fleet;

	if ((fleet = calloc(1, sizeof(*fleet))) == NULL) {
		log_error("out of memory");
		return NULL;
	}
	fleet->options = *options;
	fleet->places = places_open(
	    options->clock, options->worker, options->config->state_dir);
	if (fleet->places == NULL) {
		fleet_free(fleet);
		return NULL;
	}
	if (totals_init(&fleet->totals, options->stats) != 0 ||
	    make_all(fleet) != 0) {
		log_error("out of memory");
		fleet_free(fleet);
		return NULL;
	}
	return fleet;
}

void
fleet_free(struct fleet *fleet)
{
	size_t i;

	if (fleet == NULL)
		return;
	for (i = 0; i < fleet->len; i++)
		destination_free(fleet->ships[i]);
	free(fleet->ships);
	totals_release(&fleet->totals);
	places_free(fleet->places);
	free(fleet);
}

void
fleet_poke(struct fleet *fleet)
{
	size_t i;

	for (i = 0; i < fleet->len; i++)
		destination_poke(fleet->ships[i]);
}

void
fleet_stop(struct fleet *fleet)
{
	size_t i;

	fleet->draining = fleet->len;
	for (i = 0; i < fleet->len; i++)
		destination_stop(fleet->ships[i]);
}

void
fleet_tell_unsettled(const struct fleet *fleet)
{
	uint64_t samples;
	size_t i;

	for (i = 0; i < fleet->len; i++) {
		samples = destination_unsettled(fleet->ships[i]);
		if (samples > 0)
			log_warn("stopping with samples that were not "
				 "delivered; they are sent after the next "
				 "start",
			    LOG_STR("remote",
				fleet->options.config->remotes[i].name),
			    LOG_UINT("samples", samples));
	}
}

bool
fleet_ready(const struct fleet *fleet, struct buf *why)
{
	bool all = true;
	size_t i;

	for (i = 0; i < fleet->len; i++)
		if (!destination_ready(fleet->ships[i], why))
			all = false;
	return all;
}
