/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A series record:
 *
 *   u8 1, then { be64 ref, uvarint labels, labels x { text name, text value } }
 */
#include <stdlib.h>
#include <string.h>

#include "wal/grow.h"
#include "wal/record.h"

#define LABEL_SIZE_MIN 2u /* Bytes: two empty texts. */

void
wal_series_list_release(struct wal_series_list *list)
{
	free(list->series);
	free(list->labels);
	memset(list, 0, sizeof(*list));
}

/* Read the labels of one series, of which there are ${count}. */
static enum wal_status
read_labels(
    struct wal_bytes *bytes, uint64_t count, struct wal_series_list *list)
{
	struct wal_label *label;

	if (bytes->bad || count > wal_bytes_left(bytes) / LABEL_SIZE_MIN)
		return WAL_CORRUPT;
	if ((label = wal_grow(list->labels, &list->labels_cap,
		 list->labels_len + (size_t)count, sizeof(*label))) == NULL)
		return WAL_NOMEM;
	list->labels = label;
	for (; count > 0; count--) {
		label = &list->labels[list->labels_len++];
		label->name = wal_bytes_text(bytes);
		label->value = wal_bytes_text(bytes);
	}
	return bytes->bad ? WAL_CORRUPT : WAL_OK;
}

enum wal_status
wal_decode_series(const uint8_t *data, size_t len, struct wal_series_list *list)
{
	struct wal_bytes bytes = { data, data + len, false };
	struct wal_series *series;
	enum wal_status st = WAL_OK;
	uint64_t count;

	list->len = list->labels_len = 0;
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
		series->first = list->labels_len;
		count = wal_bytes_uvarint(&bytes);
		st = read_labels(&bytes, count, list);
		series->count = list->labels_len - series->first;
	}
	if (st != WAL_OK)
		list->len = list->labels_len = 0;
	return st;
}
