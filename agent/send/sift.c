/* SPDX-License-Identifier: Apache-2.0 */
#include <snappy-c.h>
#include <stdlib.h>
#include <string.h>

#include "agent/send/entries.h"
#include "agent/send/sift.h"
#include "wal/bytes.h"

#define TAG_TIME_SERIES 0x0au /* WriteRequest 1: bytes */

static bool
is_chosen(const struct entry *entry, const struct sift_choice *choice)
{
	return (choice->kinds & KIND_BIT(entry->kind)) != 0 &&
	    entry->place >= choice->first && entry->place < choice->end &&
	    entry->time >= choice->oldest && entry->time <= choice->newest;
}

/* Count ${entry} where it belongs; return whether it is to be sent. */
static bool
judge(const struct entry *entry, const struct sift_choice *choice,
    const struct sift_limits *limits, struct sifted *ret)
{
	if (!is_chosen(entry, choice))
		return false;
	if (entry->time < limits->oldest) {
		ret->old[entry->kind]++;
		return false;
	}
	if (entry->time > limits->newest) {
		ret->future[entry->kind]++;
		return false;
	}
	ret->counts[entry->kind]++;
	return true;
}

/*
 * Take from the list all that is not to be sent, and note in ${wanted} how
 * many of each series are.
 */
static void
choose(struct entries *entries, const struct sift_choice *choice,
    const struct sift_limits *limits, uint32_t *wanted, struct sifted *ret)
{
	const struct entry *entry;
	size_t i, kept = 0;

	for (i = 0; i < entries->len; i++) {
		entry = &entries->list[i];
		if (!judge(entry, choice, limits, ret))
			continue;
		wanted[entries->groups[entry->group].series]++;
		entries->list[kept++] = *entry;
	}
	entries->len = kept;
}

/* Find the middle of what is to be sent. */
static void
find_middle(
    const struct entries *entries, const uint32_t *wanted, struct sifted *ret)
{
	size_t total = entries->len, sum = 0;
	uint32_t series = 0;

	if (total == 0)
		return;
	while (2 * (sum + wanted[series]) < total)
		sum += wanted[series++];
	/* With this series more than half is reached, or just half. */
	ret->several = wanted[series] < total;
	if (!ret->several) /* All are of it, so in the order of places. */
		ret->middle = entries->list[total / 2].place;
	else if (sum + wanted[series] < total)
		ret->middle = entries->starts[series + 1];
	else
		ret->middle = entries->starts[series];
}

static uint8_t *
put_varint(uint8_t *to, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		*to++ = (uint8_t)(value | 0x80);
	*to++ = (uint8_t)value;
	return to;
}

/* Write the time series that begins with entry ${i}; return the next entry. */
static size_t
put_group(const struct entries *entries, size_t i, uint8_t **to)
{
	const struct entry *list = entries->list;
	const struct entry_group *group = &entries->groups[list[i].group];
	size_t len = group->labels_len, end;

	for (end = i; end < entries->len && list[end].group == list[i].group;
	     end++)
		len += list[end].field_len;
	*(*to)++ = TAG_TIME_SERIES;
	*to = put_varint(*to, len);
	memcpy(*to, group->labels, group->labels_len);
	*to += group->labels_len;
	for (; i < end; i++) {
		memcpy(*to, list[i].field, list[i].field_len);
		*to += list[i].field_len;
	}
	return end;
}

/* Compress what is left in the list, which takes ${room} bytes at most. */
static int
compress(const struct entries *entries, size_t room, struct sifted *ret)
{
	uint8_t *plain, *at;
	size_t i = 0;

	if ((at = plain = malloc(room + 1)) == NULL)
		return -1;
	while (i < entries->len)
		i = put_group(entries, i, &at);
	ret->len = snappy_max_compressed_length((size_t)(at - plain));
	if ((ret->body = malloc(ret->len)) != NULL &&
	    snappy_compress((const char *)plain, (size_t)(at - plain),
		(char *)ret->body, &ret->len) != SNAPPY_OK) {
		free(ret->body);
		ret->body = NULL;
	}
	free(plain);
	return ret->body != NULL ? 0 : -1;
}

/* The plain bytes of a body, to be freed. */
static uint8_t *
expand(const uint8_t *body, size_t len, size_t *ret_len)
{
	uint8_t *plain;

	if (snappy_uncompressed_length((const char *)body, len, ret_len) !=
		SNAPPY_OK ||
	    (plain = malloc(*ret_len + 1)) == NULL)
		return NULL;
	if (snappy_uncompress(
		(const char *)body, len, (char *)plain, ret_len) == SNAPPY_OK)
		return plain;
	free(plain);
	return NULL;
}

int
sift(const uint8_t *body, size_t len, const struct sift_choice *choice,
    const struct sift_limits *limits, struct sifted *ret)
{
	struct entries entries = { 0 };
	uint32_t *wanted = NULL;
	size_t plain_len = 0;
	uint8_t *plain;
	int result = -1;

	*ret = (struct sifted){ 0 };
	if ((plain = expand(body, len, &plain_len)) == NULL ||
	    entries_read(&entries, plain, plain_len) != 0 ||
	    (wanted = calloc((size_t)entries.series + 1, sizeof(*wanted))) ==
		NULL)
		goto done;
	choose(&entries, choice, limits, wanted, ret);
	find_middle(&entries, wanted, ret);
	result = compress(&entries, plain_len, ret);

done:
	if (result != 0)
		*ret = (struct sifted){ 0 };
	free(wanted);
	entries_release(&entries);
	free(plain);
	return result;
}

/* Append a packed label. */
static void
describe_label(struct wal_text label, bool first, struct buf *out)
{
	const uint8_t *start = (const uint8_t *)label.data;
	struct wal_bytes bytes = { start, start + label.len, false };
	struct wal_text name, value;

	(void)wal_bytes_u8(&bytes);
	name = wal_bytes_text(&bytes);
	(void)wal_bytes_u8(&bytes);
	value = wal_bytes_text(&bytes);
	buf_puts(out, first ? "" : ",");
	buf_put(out, name.data, name.len);
	buf_puts(out, "=\"");
	buf_put(out, value.data, value.len);
	buf_puts(out, "\"");
}

void
sift_describe(const uint8_t *body, size_t len, struct buf *out)
{
	struct entries entries = { 0 };
	struct wal_bytes bytes = { 0 };
	size_t plain_len = 0;
	uint8_t *plain = expand(body, len, &plain_len);
	const uint8_t *start;

	if (plain != NULL && entries_read(&entries, plain, plain_len) == 0 &&
	    entries.groups_len > 0) {
		bytes.at = start = entries.groups[0].labels;
		bytes.end = start + entries.groups[0].labels_len;
		buf_puts(out, "{");
		while (wal_bytes_left(&bytes) > 0) {
			bool first = bytes.at == start;

			(void)wal_bytes_u8(&bytes);
			describe_label(wal_bytes_text(&bytes), first, out);
		}
		buf_puts(out, "}");
	}
	entries_release(&entries);
	free(plain);
}
