/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A series record:
 *
 *   u8 1, then { be64 ref, labels }
 */
#include <stdlib.h>
#include <string.h>

#include "wal/grow.h"
#include "wal/labels.h"
#include "wal/record.h"

void
wal_series_list_release(struct wal_series_list *list)
{
	free(list->series);
	free(list->pool.labels);
	memset(list, 0, sizeof(*list));
}

enum wal_status
wal_decode_series(const uint8_t *data, size_t len, struct wal_series_list *list)
{
	struct wal_bytes bytes = { data, data + len, false };
	struct wal_series *series;
	enum wal_status st = WAL_OK;

	list->len = list->pool.len = 0;
	if (wal_bytes_u8(&bytes) != WAL_SERIES)
		return WAL_CORRUPT;
	while (st == WAL_OK && wal_bytes_left(&bytes) > 0) {
		if ((series = wal_grow(list->series, &list->cap, list->len + 1,
			 sizeof(*series))) == NULL) {
			st = WAL_NOMEM;
			break;
		}
		list->series = series;
		series = &list->series[list->len++];
		series->ref = wal_bytes_be64(&bytes);
		st = wal_labels_read(
		    &bytes, &list->pool, &series->first, &series->count);
	}
	if (st != WAL_OK)
		list->len = list->pool.len = 0;
	return st;
}
