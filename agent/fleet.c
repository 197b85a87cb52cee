/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/auth/tokens.h"
#include "agent/base/host.h"
#include "agent/base/log.h"
#include "agent/config/change.h"
#include "agent/config/profile.h"
#include "agent/fleet.h"
#include "agent/intake/graveyard.h"
#include "agent/intake/legacy.h"
#include "agent/position/places.h"
#include "agent/ship/destination.h"
#include "agent/ship/totals.h"

/* A destination, and what of the world it stands on. */
struct ship {
	struct destination *destination; /* NULL: not made yet, or no more. */
	struct place *place;
	struct legacy legacy;  /* Of one before that had the place. */
	struct config *born;   /* A share of what its series are by, and */
	struct config *config; /* one of what it is sent to by: */
	const struct config_remote *remote; /* this entry. */
};

struct fleet {
	struct fleet_options options;
	struct places *places;
	struct totals totals;
	struct room room;    /* For series of all of them. */
	struct stat *memory; /* Bytes that it counts. */
	struct graveyard *graveyard;
	struct tokens *tokens; /* Of all destinations' identities. */
	struct ship *ships;    /* One an entry of remote_write. */
	size_t len;
	uint32_t host; /* See host_number. */
	bool stopping;
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

static const struct stat_def memory_def = {
	.name = "walship_series_memory_bytes",
	.help = "Memory for series and what is on its way, as limits.memory "
		"counts it.",
	.type = STAT_GAUGE,
};

/* Bring the meter of the memory up to date. */
static void
measure(void *arg)
{
	struct fleet *fleet = arg;

	stat_set(fleet->memory, (double)room_bytes(&fleet->room));
}

static int
add_meters(struct fleet *fleet)
{
	static const char *const none[] = { NULL };
	struct stats *stats = fleet->options.stats;

	if (totals_init(&fleet->totals, stats) != 0)
		return -1;
	fleet->memory = stats_add(stats, &memory_def, none);
	return fleet->memory == NULL ? -1
				     : stats_refresh(stats, measure, fleet);
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
	fleet->places =
	    places_open(options->clock, options->worker, options->state_dir);
	if (fleet->places == NULL) {
		fleet_free(fleet);
		return NULL;
	}
	if (options->spool != NULL)
		spool_at_least(
		    options->spool, places_generation(fleet->places));
	fleet->host = host_number(HOST_MACHINE_ID);
	fleet->room.sets = options->sets;
	fleet->tokens = tokens_new(&(struct tokens_options){
	    .clock = options->clock,
	    .http = options->http,
	    .stats = options->stats,
	});
	fleet->graveyard = graveyard_new(options->clock);
	if (fleet->tokens == NULL || fleet->graveyard == NULL ||
	    add_meters(fleet) != 0) {
		log_error("out of memory");
		fleet_free(fleet);
		return NULL;
	}
	return fleet;
}

/* Save its place and end it, if there is one. */
static void
end(struct ship *ship)
{
	destination_free(ship->destination);
	config_free(ship->born);
	config_free(ship->config);
	*ship = (struct ship){ .place = ship->place, .legacy = ship->legacy };
}

void
fleet_free(struct fleet *fleet)
{
	size_t i;

	if (fleet == NULL)
		return;
	for (i = 0; i < fleet->len; i++) {
		end(&fleet->ships[i]);
		legacy_release(&fleet->ships[i].legacy, NULL);
	}
	free(fleet->ships);
	graveyard_free(fleet->graveyard);
	tokens_free(fleet->tokens);
	stats_forget(fleet->options.stats, measure, fleet);
	stats_remove(fleet->memory);
	totals_release(&fleet->totals);
	places_free(fleet->places);
	free(fleet);
}

/* Say what an entry has by its profile, and not by its own words. */
static void
say_profile(const struct config_remote *remote)
{
	struct buf text;

	buf_init(&text, PROFILE_TEXT_MAX);
	profile_put(remote, &text);
	if (text.len > 0)
		log_info("profile azuremonitor: in force are",
		    LOG_STR("remote", remote->name),
		    LOG_STR("defaults", buf_text(&text)));
	buf_release(&text);
}

/* Make the destination of ${remote}, which reads on from its place. */
static int
make(struct fleet *fleet, struct ship *ship, struct config *config,
    const struct config_remote *remote)
{
	const struct fleet_options *options = &fleet->options;

	log_info("sending to a receiver", LOG_STR("remote", remote->name),
	    LOG_STR("url", remote->shown_url));
	say_profile(remote);
	ship->destination = destination_new(&(struct destination_options){
	    .clock = options->clock,
	    .http = options->http,
	    .tokens = fleet->tokens,
	    .stats = options->stats,
	    .totals = &fleet->totals,
	    .sets = options->sets,
	    .room = &fleet->room,
	    .graveyard = fleet->graveyard,
	    .legacy = &ship->legacy,
	    .config = config,
	    .remote = remote,
	    .wal_dir = options->wal_dir,
	    .spool = options->spool,
	    .place = ship->place,
	    .behind = DESTINATION_BEHIND,
	    .host = fleet->host,
	    .drained = ship_drained,
	    .failed = ship_failed,
	    .arg = fleet,
	});
	if (ship->destination == NULL)
		return -1;
	legacy_release(&ship->legacy, fleet->graveyard);
	ship->born = config_share(config);
	ship->config = config_share(config);
	ship->remote = remote;
	destination_poke(ship->destination);
	return 0;
}

/* Have a destination go on as ${remote} says. */
static int
tune(struct ship *ship, struct config *config,
    const struct config_remote *remote)
{
	log_info("sending otherwise", LOG_STR("remote", remote->name),
	    LOG_STR("url", remote->shown_url));
	if (destination_tune(ship->destination, remote) != 0)
		return -1;
	config_free(ship->config);
	ship->config = config_share(config);
	ship->remote = remote;
	return 0;
}

/* Put into ${ships} those there are, each to the claim of its place. */
static void
muster(struct fleet *fleet, struct ship *ships,
    const struct place_claim *claims, size_t len)
{
	size_t i, j;

	for (i = 0; i < len; i++) {
		ships[i] = (struct ship){ .place = claims[i].place };
		for (j = 0; j < fleet->len; j++) {
			if (fleet->ships[j].place != claims[i].place)
				continue;
			ships[i] = fleet->ships[j];
			fleet->ships[j] = (struct ship){ 0 };
		}
	}
}

/* End those that no claim is for, and put ${ships} in their place. */
static void
dismiss(struct fleet *fleet, struct ship *ships, size_t len,
    struct fleet_changes *changes)
{
	size_t i;

	for (i = 0; i < fleet->len; i++) {
		if (fleet->ships[i].destination == NULL)
			continue;
		log_info("sending no more to a receiver; its position is "
			 "remembered for a day",
		    LOG_STR("remote", fleet->ships[i].remote->name),
		    LOG_STR("url", fleet->ships[i].remote->shown_url));
		end(&fleet->ships[i]);
		changes->removed++;
	}
	free(fleet->ships);
	fleet->ships = ships;
	fleet->len = len;
}

/* Tell ${change}, by number, and end those that are to begin anew. */
static void
part(struct fleet *fleet, const struct config *config, enum change *change,
    struct fleet_changes *changes)
{
	struct ship *ship;
	size_t i;

	for (i = 0; i < fleet->len; i++) {
		ship = &fleet->ships[i];
		change[i] = CHANGE_NONE;
		if (ship->destination == NULL) {
			changes->added++;
			continue;
		}
		change[i] = change_between(
		    ship->config, ship->remote, config, &config->remotes[i]);
		changes->kept += change[i] == CHANGE_NONE;
		changes->tuned += change[i] == CHANGE_SENDING;
		changes->renewed += change[i] == CHANGE_SERIES;
		if (change[i] != CHANGE_SERIES)
			continue;
		destination_leave(ship->destination, &ship->legacy);
		end(ship);
	}
}

/*
 * Have each be as its entry says.  All that end have done so, lest two have
 * meters of one name at a time.
 */
static int
adapt(struct fleet *fleet, struct config *config, const enum change *change)
{
	size_t i;

	for (i = 0; i < fleet->len; i++)
		if (change[i] == CHANGE_SENDING &&
		    tune(&fleet->ships[i], config, &config->remotes[i]) != 0)
			return -1;
	for (i = 0; i < fleet->len; i++)
		if (fleet->ships[i].destination == NULL &&
		    make(fleet, &fleet->ships[i], config,
			&config->remotes[i]) != 0)
			return -1;
	return 0;
}

/* The share that ${remote} has in what its entry is sent. */
static struct position_share
share_of(const struct config *config, const struct config_remote *remote)
{
	return (struct position_share){
		.list = remote->share_list,
		.labels = change_labels(config, remote),
		.index = remote->share_index,
		.count = remote->share_count,
	};
}

int
fleet_apply(
    struct fleet *fleet, struct config *config, struct fleet_changes *ret)
{
	struct place_claim claims[CONFIG_REMOTES_MAX];
	enum change change[CONFIG_REMOTES_MAX];
	size_t i, len = config->remotes_len;
	struct ship *ships;

	*ret = (struct fleet_changes){ 0 };
	if (fleet->stopping)
		return 0;
	fleet->room.limits = config->limits;
	for (i = 0; i < len; i++)
		claims[i] = (struct place_claim){
			.key = config->remotes[i].name,
			.url = config->remotes[i].shown_url,
			.share = share_of(config, &config->remotes[i]),
		};
	if ((ships = calloc(len, sizeof(*ships))) == NULL)
		return -1;
	if (places_assign(fleet->places, claims, len) != 0) {
		free(ships);
		return -1;
	}
	muster(fleet, ships, claims, len);
	dismiss(fleet, ships, len, ret);
	part(fleet, config, change, ret);
	places_share(fleet->places, claims, len);
	return adapt(fleet, config, change);
}

uint64_t
fleet_poke(struct fleet *fleet)
{
	uint64_t rest = FLEET_REST_MAX, fifth;
	size_t i;

	for (i = 0; i < fleet->len; i++) {
		destination_poke(fleet->ships[i].destination);
		fifth = fleet->ships[i].remote->queue.batch_send_deadline / 5;
		if (fifth < rest)
			rest = fifth;
	}
	return rest < FLEET_REST_MIN ? FLEET_REST_MIN : rest;
}

void
fleet_stop(struct fleet *fleet)
{
	size_t i;

	fleet->stopping = true;
	fleet->draining = fleet->len;
	for (i = 0; i < fleet->len; i++)
		destination_stop(fleet->ships[i].destination);
	if (fleet->len == 0)
		fleet->options.drained(fleet->options.arg);
}

void
fleet_tell_unsettled(const struct fleet *fleet)
{
	const struct ship *ship;
	uint64_t samples;
	size_t i;

	for (i = 0; i < fleet->len; i++) {
		ship = &fleet->ships[i];
		samples = destination_unsettled(ship->destination);
		if (samples > 0)
			log_warn("stopping with samples that were not "
				 "delivered; they are sent after the next "
				 "start",
			    LOG_STR("remote", ship->remote->name),
			    LOG_UINT("samples", samples));
	}
}

size_t
fleet_look(
    const struct fleet *fleet, struct situation *ret, uint64_t *ret_bytes)
{
	size_t i;

	for (i = 0; i < fleet->len; i++)
		destination_look(fleet->ships[i].destination, &ret[i]);
	*ret_bytes = room_bytes(&fleet->room);
	return fleet->len;
}

bool
fleet_ready(const struct fleet *fleet, struct buf *why)
{
	bool all = true;
	size_t i;

	for (i = 0; i < fleet->len; i++)
		if (!destination_ready(fleet->ships[i].destination, why))
			all = false;
	return all;
}
