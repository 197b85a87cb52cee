/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/position/ledger.h - a small file that always holds its last entry.
 *
 * An entry takes the place of the one before it.  The file is LEDGER_SLOTS
 * slots of LEDGER_SLOT bytes, given their space on the disk at its birth: so
 * saving needs no space, no new file and no rename.  A slot is, with numbers
 * of which the lowest byte comes first:
 *
 *    0  8 bytes  "walship" and a newline
 *    8  u32      CRC-32C of all that follows, up to the end of the entry
 *   12  u32      length of the entry, in bytes
 *   16  u64      number of the entry; the highest is the last
 *   24  u32      version of what the entry means
 *   28  u32      0
 *   32           the entry
 *
 * The slots of the last entry, of the last that is surely on the disk and of
 * the one on its way there are left alone.  So whatever becomes of a write, at a kill or at a loss of
 * power, the entry before it or a later one is there.  Saving is a write to
 * the kernel's memory, which survives the process; the disk follows within
 * LEDGER_SYNC, on the worker.
 */
#ifndef AGENT_POSITION_LEDGER_H
#define AGENT_POSITION_LEDGER_H

#include <stddef.h>
#include <stdint.h>

#include "agent/base/clock.h"
#include "agent/base/worker.h"

#define LEDGER_SLOTS 4u
#define LEDGER_SLOT 16384u                     /* Bytes. */
#define LEDGER_HEAD 32u                        /* Bytes before an entry. */
#define LEDGER_MAX (LEDGER_SLOT - LEDGER_HEAD) /* Bytes of an entry. */
#define LEDGER_SYNC CLOCK_SEC

/* A ledger that cannot be created is tried again this often. */
#define LEDGER_RETRY (10 * CLOCK_SEC)

enum ledger_result {
	LEDGER_OK,
	LEDGER_NONE,    /* There is no such file. */
	LEDGER_DAMAGED, /* No slot holds an entry. */
	LEDGER_NEWER,   /* Written by a later version: not to be touched. */
	LEDGER_FAILED,  /* errno says why. */
};

struct ledger;

/**
 * ledger_new(clock, worker, path, version):
 * The ledger ${path}, of entries of ${version}, all of which must outlive it
 * but the path; no file is touched.  NULL if there is no memory.
 */
struct ledger *ledger_new(struct clock *clock, struct worker *worker,
    const char *path, uint32_t version);

/**
 * ledger_free(ledger):
 * Free it at once, or as soon as the worker is done with it.  Do nothing to
 * NULL.
 */
void ledger_free(struct ledger *ledger);

/**
 * ledger_load(ledger, entry, ret_len):
 * Open the file and copy its last entry to the LEDGER_MAX bytes at ${entry};
 * that it is on the disk is waited for.
 * After LEDGER_DAMAGED it can be saved to.
 */
enum ledger_result ledger_load(
    struct ledger *ledger, uint8_t *entry, size_t *ret_len);

/**
 * ledger_save(ledger, entry, len):
 * Save the ${len} bytes at ${entry}, at most LEDGER_MAX.  The file, if it is
 * not there, is created, which waits for the disk.  Return -1, with errno, if
 * this failed: the entry before it, if any, is still there, and a later save
 * may well succeed.
 */
int ledger_save(struct ledger *ledger, const uint8_t *entry, size_t len);

/* Have the disk follow now; on the worker, like all syncing. */
void ledger_sync(struct ledger *ledger);

#endif /* AGENT_POSITION_LEDGER_H */
