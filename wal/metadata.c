/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A metadata record:
 *
 *   u8 6, then { uvarint ref, u8 type,
 *                uvarint fields, fields x { text name, text value } }
 *
 * with fields named UNIT and HELP, and perhaps others in days to come.
 */
#include <stdlib.h>
#include <string.h>

#include "wal/grow.h"
#include "wal/record.h"

#define FIELD_SIZE_MIN 2u /* Bytes: two empty texts. */

static const char *const type_names[] = { "unknown", "counter", "gauge",
	"histogram", "gaugehistogram", "summary", "info", "stateset" };

const char *
wal_metadata_type_name(uint8_t type)
{
	size_t len = sizeof(type_names) / sizeof(*type_names);

	return type_names[type < len ? type : 0];
}

void
wal_metadata_list_release(struct wal_metadata_list *list)
{
	free(list->metadata);
	memset(list, 0, sizeof(*list));
}

static bool
is(struct wal_text text, const char *word)
{
	return text.len == strlen(word) &&
	    memcmp(text.data, word, text.len) == 0;
}

/* Read the fields of one entry; of two with one name the later counts. */
static void
read_fields(struct wal_bytes *bytes, struct wal_metadata *metadata)
{
	uint64_t fields = wal_bytes_uvarint(bytes);
	struct wal_text name, value;

	if (fields > wal_bytes_left(bytes) / FIELD_SIZE_MIN)
		wal_bytes_fail(bytes);
	for (; fields > 0 && !bytes->bad; fields--) {
		name = wal_bytes_text(bytes);
		value = wal_bytes_text(bytes);
		if (is(name, "UNIT"))
			metadata->unit = value;
		else if (is(name, "HELP"))
			metadata->help = value;
	}
}

enum wal_status
wal_decode_metadata(
    const uint8_t *data, size_t len, struct wal_metadata_list *list)
{
	struct wal_bytes bytes = { data, data + len, false };
	struct wal_metadata *metadata;

	list->len = 0;
	if (wal_bytes_u8(&bytes) != WAL_METADATA)
		return WAL_CORRUPT;
	while (wal_bytes_left(&bytes) > 0) {
		if ((metadata = wal_grow(list->metadata, &list->cap,
			 list->len + 1, sizeof(*metadata))) == NULL) {
			list->len = 0;
			return WAL_NOMEM;
		}
		list->metadata = metadata;
		metadata += list->len++;
		metadata->ref = wal_bytes_uvarint(&bytes);
		metadata->type = wal_bytes_u8(&bytes);
		metadata->unit = metadata->help = (struct wal_text){ "", 0 };
		read_fields(&bytes, metadata);
	}
	if (!bytes.bad)
		return WAL_OK;
	list->len = 0;
	return WAL_CORRUPT;
}
