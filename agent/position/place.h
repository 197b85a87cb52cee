/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/position/place.h - where a destination reads on, kept on disk.
 *
 * The destination changes ${position} and saves it, before the first byte of
 * a range goes out and after each acknowledgement.  A place that cannot be
 * saved is said and tried again, and shipping goes on meanwhile.
 */
#ifndef AGENT_POSITION_PLACE_H
#define AGENT_POSITION_PLACE_H

#include <stdbool.h>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/base/worker.h"
#include "agent/position/ledger.h"
#include "agent/position/position.h"

/* That it cannot be saved is logged this often at most. */
#define PLACE_LOG_PERIOD (60 * CLOCK_SEC)

struct place {
	struct position position;
	bool known;   /* ${position} holds one; else its destination is new. */
	bool lost;    /* There was one, which cannot be read. */
	bool saved;   /* The last attempt to save it succeeded. */
	char *series; /* The file its series are kept in; NULL: none. */
	struct clock *clock;
	struct worker *worker;
	struct ledger *ledger;
	struct log_gate gate;
};

enum place_result {
	PLACE_OK,
	PLACE_NEWER,  /* Written by a later version. */
	PLACE_FAILED, /* errno says why. */
};

/**
 * place_new(clock, worker, path, ret):
 * Store in ${ret} the place that is kept in the file ${path}, which need not
 * exist.  All but the path must outlive it.
 */
enum place_result place_new(struct clock *clock, struct worker *worker,
    const char *path, struct place **ret);

/* Do nothing to NULL. */
void place_free(struct place *place);

/* Save it as it is; a failure is logged. */
void place_save(struct place *place);

/* The same at a clean stop, and have the disk follow at once. */
void place_close(struct place *place);

#endif /* AGENT_POSITION_PLACE_H */
