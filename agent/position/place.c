/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "agent/position/place.h"

/* Take what is in the file, if there is one. */
static enum place_result
load(struct place *place)
{
	uint8_t entry[LEDGER_MAX];
	size_t len = 0;

	switch (ledger_load(place->ledger, entry, &len)) {
	case LEDGER_OK:
		place->known =
		    position_decode(&place->position, entry, len) == 0;
		place->lost = !place->known;
		if (place->lost && errno == ENOMEM)
			return PLACE_FAILED;
		break;
	case LEDGER_NONE:
		break;
	case LEDGER_DAMAGED:
		place->lost = true;
		break;
	case LEDGER_NEWER:
		return PLACE_NEWER;
	case LEDGER_FAILED:
		return PLACE_FAILED;
	}
	place->saved = place->known;
	return PLACE_OK;
}

enum place_result
place_new(struct clock *clock, struct worker *worker, const char *path,
    struct place **ret)
{
	enum place_result result = PLACE_FAILED;
	struct place *place;

	if ((place = calloc(1, sizeof(*place))) == NULL)
		return PLACE_FAILED;
	place->clock = clock;
	place->worker = worker;
	place->ledger = ledger_new(clock, worker, path, POSITION_VERSION);
	if (place->ledger != NULL)
		result = load(place);
	if (result == PLACE_OK) {
		*ret = place;
		return PLACE_OK;
	}
	place_free(place);
	return result;
}

void
place_free(struct place *place)
{
	int error = errno;

	if (place == NULL)
		return;
	ledger_free(place->ledger);
	free(place->series);
	free(place);
	errno = error;
}

void
place_save(struct place *place)
{
	uint8_t entry[LEDGER_MAX];
	size_t len = position_encode(&place->position, entry, sizeof(entry));
	uint64_t hidden;
	int error;

	place->known = true;
	place->lost = false;
	place->saved = ledger_save(place->ledger, entry, len) == 0;
	error = errno;
	if (!place->saved &&
	    log_gate_open(&place->gate, clock_monotonic(place->clock),
		PLACE_LOG_PERIOD, &hidden))
		log_error("the position cannot be saved: after a restart "
			  "samples will be sent again; make room in state_dir "
			  "and see that this user may write there",
		    LOG_STR("key", place->position.key), LOG_ERRNO(error),
		    LOG_UINT("unsaid", hidden));
}

void
place_close(struct place *place)
{
	place->position.clean = true;
	place_save(place);
	ledger_sync(place->ledger);
}
