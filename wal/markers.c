/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record of mmap markers, as only the log of out-of-order samples has them:
 *
 *   u8 5, then { be64 ref, be64 chunk }
 */
#include <stdlib.h>
#include <string.h>

#include "wal/grow.h"
#include "wal/record.h"

#define MARKER_SIZE 16u /* Bytes. */

void
wal_mmap_marker_list_release(struct wal_mmap_marker_list *list)
{
	free(list->markers);
	memset(list, 0, sizeof(*list));
}

enum wal_status
wal_decode_mmap_markers(
    const uint8_t *data, size_t len, struct wal_mmap_marker_list *list)
{
	struct wal_bytes bytes = { data, data + len, false };
	struct wal_mmap_marker *marker;

	list->len = 0;
	if (wal_bytes_u8(&bytes) != WAL_MMAP_MARKERS ||
	    wal_bytes_left(&bytes) % MARKER_SIZE != 0)
		return WAL_CORRUPT;
	if ((marker = wal_grow(list->markers, &list->cap,
		 wal_bytes_left(&bytes) / MARKER_SIZE, sizeof(*marker))) ==
	    NULL)
		return WAL_NOMEM;
	list->markers = marker;
	while (wal_bytes_left(&bytes) > 0) {
		marker->ref = wal_bytes_be64(&bytes);
		marker->chunk = wal_bytes_be64(&bytes);
		marker++;
	}
	list->len = (size_t)(marker - list->markers);
	return WAL_OK;
}
