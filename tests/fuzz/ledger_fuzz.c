/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/position/ledger.h"
#include "wal/crc32c.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A clock that stands still, whose timers never fire. */
static int64_t
wall(struct clock *clock)
{
	(void)clock;
	return 0;
}

static uint64_t
monotonic(struct clock *clock)
{
	(void)clock;
	return 0;
}

static void
set(struct timer *timer, uint64_t at)
{
	(void)timer;
	(void)at;
}

static void
drop(struct timer *timer)
{
	free(timer);
}

static struct timer *
make(struct clock *clock, clock_fire_fn *fire, void *arg)
{
	struct timer *timer = malloc(sizeof(*timer));

	(void)fire;
	(void)arg;
	if (timer != NULL)
		timer->clock = clock;
	return timer;
}

/* Give ${slot} its magic and, if its length is possible, its checksum. */
static void
seal(uint8_t *slot)
{
	uint32_t len, sum, i;

	memcpy(slot, "walship\n", 8);
	len = slot[12] | (uint32_t)slot[13] << 8 | (uint32_t)slot[14] << 16 |
	    (uint32_t)slot[15] << 24;
	if (len > LEDGER_MAX)
		return;
	sum = crc32c(slot + 12, LEDGER_HEAD - 12 + len);
	for (i = 0; i < 4; i++)
		slot[8 + i] = (uint8_t)(sum >> 8 * i);
}

/* Write a part of the input to each slot; bit 0 of its first byte: sealed. */
static void
write_slots(int fd, const uint8_t *data, size_t size)
{
	static uint8_t slot[LEDGER_SLOT];
	size_t part = size / LEDGER_SLOTS, i;

	if (part > LEDGER_SLOT)
		part = LEDGER_SLOT;
	for (i = 0; i < LEDGER_SLOTS && part > 0; i++) {
		memset(slot, 0, sizeof(slot));
		memcpy(slot, data + i * part, part);
		if ((slot[0] & 1) != 0)
			seal(slot);
		if (pwrite(fd, slot, sizeof(slot), (off_t)(i * LEDGER_SLOT)) !=
		    (ssize_t)sizeof(slot))
			abort();
	}
}

/* Whatever the file holds, it is read or refused. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct clock clock = { wall, monotonic, make, set, drop };
	char path[] = "/dev/shm/ledger_fuzz.XXXXXX";
	uint8_t entry[LEDGER_MAX];
	struct ledger *ledger;
	size_t len = 0;
	int fd;

	if ((fd = mkstemp(path)) == -1)
		return 0;
	write_slots(fd, data, size);
	ledger = ledger_new(&clock, NULL, path, 1);
	if (ledger != NULL) {
		if (ledger_load(ledger, entry, &len) == LEDGER_OK &&
		    len > LEDGER_MAX)
			abort();
		ledger_free(ledger);
	}
	(void)close(fd);
	(void)unlink(path);
	return 0;
}
