/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packaging/azure/extension/status.h - what the guest agent reports of us.
 *
 * A status file for each number of settings says how applying them goes, and
 * the heartbeat whether walship does its work.  Both are replaced in one step.
 */
#ifndef PACKAGING_AZURE_EXTENSION_STATUS_H
#define PACKAGING_AZURE_EXTENSION_STATUS_H

#include <stdint.h>
#include <time.h>

#include "agent/base/buf.h"
#include "packaging/azure/extension/environment.h"

#define STATUS_MESSAGE_MAX 4096u /* Bytes of a message that are shown. */

enum status_kind {
	STATUS_TRANSITIONING, /* Under way. */
	STATUS_SUCCESS,       /* The receiver has acknowledged samples. */
	STATUS_WARNING,       /* It should have by now. */
	STATUS_ERROR,         /* The settings were not applied. */
};

struct status {
	enum status_kind kind;
	int code; /* The exit status that goes with it. */
	const char *message;
	time_t applied; /* When the settings were; 0: not yet. */
};

/* The agent's word for it. */
const char *status_name(enum status_kind kind);

/* Append the status file's text as of ${now}. */
void status_put(struct buf *out, const struct status *status, time_t now);

/**
 * status_write(environment, sequence, status, now):
 * Write it for the settings ${sequence}.  Return -1 with errno.
 */
int status_write(const struct environment *environment, uint32_t sequence,
    const struct status *status, time_t now);

/* Append the heartbeat's text. */
void status_put_heartbeat(
    struct buf *out, enum status_kind kind, const char *message);

/* Write the heartbeat, if there is to be one.  Return -1 with errno. */
int status_write_heartbeat(const struct environment *environment,
    enum status_kind kind, const char *message);

#endif /* PACKAGING_AZURE_EXTENSION_STATUS_H */
