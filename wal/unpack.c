/* SPDX-License-Identifier: Apache-2.0 */
#include <snappy-c.h>
#include <stdlib.h>
#include <zstd.h>

#include "wal/unpack.h"

#define GROWTH_FIRST 65536u /* Bytes of plain data to make room for first. */

/* Snappy makes at most 64 bytes of 3: more is claimed in vain. */
#define SNAPPY_RATIO_MAX 22u

struct wal_unpack {
	ZSTD_DStream *zstd; /* NULL until the first zstd record. */
	uint8_t *plain;
	size_t cap;
};

struct wal_unpack *
wal_unpack_new(void)
{
	return calloc(1, sizeof(struct wal_unpack));
}

void
wal_unpack_free(struct wal_unpack *unpack)
{
	if (unpack == NULL)
		return;
	(void)ZSTD_freeDStream(unpack->zstd);
	free(unpack->plain);
	free(unpack);
}

/* Have room for ${want} bytes, keeping what is there. */
static enum wal_status
reserve(struct wal_unpack *unpack, size_t want)
{
	uint8_t *grown;

	if (want > WAL_PLAIN_MAX)
		return WAL_CORRUPT;
	if (want <= unpack->cap)
		return WAL_OK;
	if ((grown = realloc(unpack->plain, want)) == NULL)
		return WAL_NOMEM;
	unpack->plain = grown;
	unpack->cap = want;
	return WAL_OK;
}

/* A snappy block: its first bytes claim its plain length. */
static enum wal_status
unpack_snappy(
    struct wal_unpack *unpack, const struct wal_record *rec, size_t *ret_len)
{
	const char *data = (const char *)rec->data;
	enum wal_status st;
	size_t len;

	if (snappy_uncompressed_length(data, rec->len, &len) != SNAPPY_OK ||
	    len / SNAPPY_RATIO_MAX > rec->len)
		return WAL_CORRUPT;
	if ((st = reserve(unpack, len + 1)) != WAL_OK) /* At least a byte. */
		return st;
	if (snappy_uncompress(data, rec->len, (char *)unpack->plain, &len) !=
	    SNAPPY_OK)
		return WAL_CORRUPT;
	*ret_len = len;
	return WAL_OK;
}

/* Zstd frames, one or more, whose plain length need not be stated. */
static enum wal_status
unpack_zstd(
    struct wal_unpack *unpack, const struct wal_record *rec, size_t *ret_len)
{
	ZSTD_inBuffer in = { rec->data, rec->len, 0 };
	ZSTD_outBuffer out = { NULL, 0, 0 };
	enum wal_status st;
	size_t hint, want;

	if (unpack->zstd == NULL &&
	    (unpack->zstd = ZSTD_createDStream()) == NULL)
		return WAL_NOMEM;
	(void)ZSTD_DCtx_reset(unpack->zstd, ZSTD_reset_session_only);
	do {
		if (out.pos == unpack->cap) {
			want = unpack->cap < GROWTH_FIRST ? GROWTH_FIRST
							  : 2 * unpack->cap;
			if ((st = reserve(unpack, want)) != WAL_OK)
				return st;
		}
		out.dst = unpack->plain;
		out.size = unpack->cap;
		hint = ZSTD_decompressStream(unpack->zstd, &out, &in);
		if (ZSTD_isError(hint))
			return WAL_CORRUPT;
	} while (in.pos < in.size || (hint != 0 && out.pos == out.size));
	if (hint != 0)
		return WAL_CORRUPT;
	*ret_len = out.pos;
	return WAL_OK;
}

enum wal_status
wal_unpack_record(struct wal_unpack *unpack, const struct wal_record *rec,
    const uint8_t **ret_data, size_t *ret_len)
{
	enum wal_status st = WAL_CORRUPT;

	/* An empty record is never compressed, whatever its fragment says. */
	if (rec->len == 0) {
		*ret_data = rec->data;
		*ret_len = 0;
		return WAL_OK;
	}
	switch (rec->codec) {
	case WAL_PLAIN:
		*ret_data = rec->data;
		*ret_len = rec->len;
		return WAL_OK;
	case WAL_SNAPPY:
		st = unpack_snappy(unpack, rec, ret_len);
		break;
	case WAL_ZSTD:
		st = unpack_zstd(unpack, rec, ret_len);
		break;
	}
	if (st == WAL_OK)
		*ret_data = unpack->plain;
	return st;
}
