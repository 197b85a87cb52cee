/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/batch/window.h"

void
window_init(struct window *window)
{
	memset(window, 0, sizeof(*window));
	window->next = 1; /* A series that was in no batch has id 0. */
}

static void
free_body(struct batch *batch)
{
	free(batch->body);
	batch->body = NULL;
}

void
window_release(struct window *window)
{
	unsigned int i;

	for (i = 0; i < WINDOW_SLOTS; i++)
		free_body(&window->slots[i]);
	window_init(window);
}

static uint64_t
bit(const struct batch *batch)
{
	return UINT64_C(1) << batch->id % WINDOW_SLOTS;
}

size_t
window_bytes(const struct window *window)
{
	size_t bytes = 0;
	unsigned int i;

	for (i = 0; i < WINDOW_SLOTS; i++)
		if (window->slots[i].state != BATCH_FREE)
			bytes += window->slots[i].body_len;
	return bytes;
}

/* Whether there is room for one batch more. */
static bool
has_room(const struct window *window)
{
	return window->used < WINDOW_SLOTS &&
	    window_bytes(window) < WINDOW_BYTES_MAX;
}

struct batch *
window_open(struct window *window)
{
	unsigned int slot = 0;
	struct batch *batch;

	if (!has_room(window))
		return NULL;
	while (window->slots[slot].state != BATCH_FREE)
		slot++;
	batch = &window->slots[slot];
	memset(batch, 0, sizeof(*batch));
	batch->id = window->next++ * WINDOW_SLOTS + slot;
	batch->state = BATCH_FILLING;
	window->used++;
	return batch;
}

/* Bits of the unsettled batches up to the one of number ${last}. */
static uint64_t
all_up_to(const struct window *window, uint64_t last)
{
	const struct batch *batch;
	uint64_t bits = 0;
	unsigned int i;

	for (i = 0; i < WINDOW_SLOTS; i++) {
		batch = &window->slots[i];
		if (batch->state != BATCH_FREE && batch->id <= last)
			bits |= bit(batch);
	}
	return bits;
}

/* The bit of the batch of number ${id}, if it is unsettled. */
static uint64_t
just(const struct window *window, uint64_t id)
{
	const struct batch *batch = &window->slots[id % WINDOW_SLOTS];

	return batch->state != BATCH_FREE && batch->id == id ? bit(batch) : 0;
}

void
window_hold(struct window *window, struct batch *batch, struct final *final)
{
	uint64_t last = final->batch & ~FINAL_OR_BEFORE;
	uint64_t before =
	    final->batch == last ? just(window, last) : all_up_to(window, last);

	batch->after |= before & ~bit(batch);
	final->batch = batch->id;
}

void
window_close(struct batch *batch)
{
	batch->state = BATCH_WAITING;
}

struct batch *
window_next(struct window *window, uint64_t now, uint64_t *ret_wake)
{
	struct batch *batch, *oldest = NULL;
	uint64_t wake = *ret_wake;
	unsigned int i;

	if (window->used == 0)
		return NULL;
	for (i = 0; i < WINDOW_SLOTS; i++) {
		batch = &window->slots[i];
		if (batch->state != BATCH_WAITING || batch->after != 0)
			continue;
		if (batch->not_before > now) {
			if (batch->not_before < wake)
				wake = batch->not_before;
			continue;
		}
		if (oldest == NULL || batch->id < oldest->id)
			oldest = batch;
	}
	if (oldest == NULL)
		*ret_wake = wake;
	return oldest;
}

struct batch *
window_stale(struct window *window, int64_t before, uint64_t *id)
{
	struct batch *batch, *oldest = NULL;
	unsigned int i;

	for (i = 0; i < WINDOW_SLOTS; i++) {
		batch = &window->slots[i];
		if (batch->state == BATCH_WAITING && batch->after == 0 &&
		    batch->newest < before && batch->id >= *id &&
		    (oldest == NULL || batch->id < oldest->id))
			oldest = batch;
	}
	if (oldest != NULL)
		*id = oldest->id + 1;
	return oldest;
}

bool
window_waits(const struct window *window)
{
	unsigned int i = 0;

	while (i < WINDOW_SLOTS && window->slots[i].state != BATCH_WAITING)
		i++;
	return i < WINDOW_SLOTS;
}

bool
window_pressed(const struct window *window, unsigned int limit)
{
	return window->flying >= limit && window_waits(window);
}

void
window_fly(struct window *window, struct batch *batch, uint64_t now)
{
	batch->state = BATCH_FLYING;
	batch->sent = now;
	batch->attempts++;
	window->flying++;
}

void
window_retry(struct window *window, struct batch *batch, uint64_t not_before)
{
	batch->state = BATCH_WAITING;
	batch->call = NULL;
	batch->not_before = not_before;
	window->flying--;
}

void
window_hurry(struct window *window)
{
	unsigned int i;

	for (i = 0; i < WINDOW_SLOTS; i++)
		window->slots[i].not_before = 0;
}

void
window_settle(struct window *window, struct batch *batch)
{
	unsigned int i;

	for (i = 0; i < WINDOW_SLOTS; i++)
		window->slots[i].after &= ~bit(batch);
	if (batch->state == BATCH_FLYING)
		window->flying--;
	free_body(batch);
	batch->call = NULL;
	batch->state = BATCH_FREE;
	window->used--;
}
