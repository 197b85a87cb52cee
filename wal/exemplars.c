/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An exemplars record:
 *
 *   u8 4, then nothing, or be64 ref0, be64 time0,
 *   then { varint ref - ref0, varint time - time0, be64 value, labels }
 */
#include <stdlib.h>
#include <string.h>

#include "wal/grow.h"
#include "wal/labels.h"
#include "wal/record.h"

void
wal_exemplar_list_release(struct wal_exemplar_list *list)
{
	free(list->exemplars);
	free(list->pool.labels);
	memset(list, 0, sizeof(*list));
}

static enum wal_status
read_exemplars(struct wal_bytes *bytes, struct wal_exemplar_list *list)
{
	uint64_t ref = wal_bytes_be64(bytes), time = wal_bytes_be64(bytes);
	struct wal_exemplar *exemplar;
	enum wal_status st;

	if (bytes->bad)
		return WAL_CORRUPT;
	while (wal_bytes_left(bytes) > 0) {
		if ((exemplar = wal_grow(list->exemplars, &list->cap,
			 list->len + 1, sizeof(*exemplar))) == NULL)
			return WAL_NOMEM;
		list->exemplars = exemplar;
		exemplar += list->len++;
		exemplar->ref = ref + (uint64_t)wal_bytes_varint(bytes);
		exemplar->time =
		    (int64_t)(time + (uint64_t)wal_bytes_varint(bytes));
		exemplar->value = wal_bytes_be64(bytes);
		if ((st = wal_labels_read(bytes, &list->pool, &exemplar->first,
			 &exemplar->count)) != WAL_OK)
			return st;
	}
	return WAL_OK;
}

enum wal_status
wal_decode_exemplars(
    const uint8_t *data, size_t len, struct wal_exemplar_list *list)
{
	struct wal_bytes bytes = { data, data + len, false };
	enum wal_status st;

	list->len = list->pool.len = 0;
	if (wal_bytes_u8(&bytes) != WAL_EXEMPLARS)
		return WAL_CORRUPT;
	if (wal_bytes_left(&bytes) == 0)
		return WAL_OK;
	if ((st = read_exemplars(&bytes, list)) != WAL_OK)
		list->len = list->pool.len = 0;
	return st;
}
