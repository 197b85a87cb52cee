/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/send/metadata.h - telling a receiver what metrics are.
 *
 * Every send_interval a round: all metric families that the log describes, and
 * of the others those that Prometheus lists if it is asked, one request after
 * the other.  Rounds are apart from samples: no answer to one of their
 * requests holds, delays or drops a sample, and none is made while the samples
 * wait.  One that fails is made METADATA_RETRIES more times; then the round is
 * over, and the next has all of it again.  A redirect is followed as those of
 * samples are.
 */
#ifndef AGENT_SEND_METADATA_H
#define AGENT_SEND_METADATA_H

#include "agent/base/clock.h"
#include "agent/config/config.h"
#include "agent/http/http.h"
#include "agent/meters/meters.h"
#include "agent/send/sender.h"
#include "agent/series/families.h"

#define METADATA_RETRIES 2u

/* Before the first retry, and any; a receiver's word can make it longer. */
#define METADATA_WAIT_MIN CLOCK_SEC
#define METADATA_WAIT_MAX (30 * CLOCK_SEC)

/* How often it is looked whether samples still wait. */
#define METADATA_LOOK (5 * CLOCK_SEC)

#define METADATA_PLAIN_MAX (1u << 20) /* Plain bytes, then one entry more. */

/* For Prometheus to list what it knows. */
#define METADATA_LISTING_TIMEOUT (30 * CLOCK_SEC)

/* Bytes of an answer that are logged. */
#define METADATA_BODY_LOGGED 1024u

/* Of one trouble, a line is logged this often at most. */
#define METADATA_LOG_PERIOD (600 * CLOCK_SEC)

/* All of it must outlive the metadata. */
struct metadata_options {
	struct clock *clock;
	struct http *http;   /* To the receiver. */
	struct http *asking; /* To Prometheus: without our credentials. */
	const struct config_remote *remote;
	const char *prometheus_url;       /* NULL: it is not asked. */
	const char *prometheus_shown_url; /* For the log; NULL as well. */
	const struct families *families;  /* What the log says. */
	struct sender *sender;            /* Of the samples. */
	struct meters *meters;
};

struct metadata;

/* The first round is after one interval.  NULL if there is no memory. */
struct metadata *metadata_new(const struct metadata_options *options);

/* Do nothing to NULL. */
void metadata_free(struct metadata *metadata);

/**
 * metadata_tune(metadata, remote, http):
 * Tell the receiver as ${remote} says and by ${http} from now on, both of which
 * must outlive the metadata in place of those before.  The round goes on; a
 * request to the receiver that is on its way is cancelled and made again.
 */
void metadata_tune(struct metadata *metadata,
    const struct config_remote *remote, struct http *http);

/* Cancel what is on its way, and send nothing more.  Do nothing to NULL. */
void metadata_stop(struct metadata *metadata);

#endif /* AGENT_SEND_METADATA_H */
