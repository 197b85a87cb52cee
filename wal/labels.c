/* SPDX-License-Identifier: Apache-2.0 */
#include "wal/labels.h"
#include "wal/grow.h"

#define LABEL_SIZE_MIN 2u /* Bytes: two empty texts. */

enum wal_status
wal_labels_read(struct wal_bytes *bytes, struct wal_label_list *list,
    size_t *ret_first, size_t *ret_count)
{
	uint64_t count = wal_bytes_uvarint(bytes), i;
	struct wal_label *label;

	if (bytes->bad || count > wal_bytes_left(bytes) / LABEL_SIZE_MIN)
		return WAL_CORRUPT;
	if ((label = wal_grow(list->labels, &list->cap,
		 list->len + (size_t)count, sizeof(*label))) == NULL)
		return WAL_NOMEM;
	list->labels = label;
	label += list->len;
	for (i = 0; i < count; i++) {
		label[i].name = wal_bytes_text(bytes);
		label[i].value = wal_bytes_text(bytes);
	}
	if (bytes->bad)
		return WAL_CORRUPT;
	*ret_first = list->len;
	*ret_count = (size_t)count;
	list->len += (size_t)count;
	return WAL_OK;
}
