/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tombstones record:
 *
 *   u8 3, then { be64 ref, varint first, varint last }
 */
#include <stdlib.h>
#include <string.h>

#include "wal/grow.h"
#include "wal/record.h"

#define TOMBSTONE_SIZE_MIN 10u /* Bytes. */

void
wal_tombstone_list_release(struct wal_tombstone_list *list)
{
	free(list->tombstones);
	memset(list, 0, sizeof(*list));
}

enum wal_status
wal_decode_tombstones(
    const uint8_t *data, size_t len, struct wal_tombstone_list *list)
{
	struct wal_bytes bytes = { data, data + len, false };
	struct wal_tombstone *tombstone;
	size_t room;

	list->len = 0;
	if (wal_bytes_u8(&bytes) != WAL_TOMBSTONES)
		return WAL_CORRUPT;
	room = wal_bytes_left(&bytes) / TOMBSTONE_SIZE_MIN;
	if ((tombstone = wal_grow(list->tombstones, &list->cap, room,
		 sizeof(*tombstone))) == NULL)
		return WAL_NOMEM;
	list->tombstones = tombstone;
	for (; room > 0 && wal_bytes_left(&bytes) > 0; room--) {
		tombstone->ref = wal_bytes_be64(&bytes);
		tombstone->first = wal_bytes_varint(&bytes);
		tombstone->last = wal_bytes_varint(&bytes);
		tombstone++;
	}
	if (bytes.bad || wal_bytes_left(&bytes) > 0)
		return WAL_CORRUPT;
	list->len = (size_t)(tombstone - list->tombstones);
	return WAL_OK;
}
