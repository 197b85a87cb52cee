/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <snappy-c.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include <cmocka.h>

#include "tests/unit/base/draw.h"
#include "wal/unpack.h"

#define SIZE 200000u

/* Compressible bytes. */
static const uint8_t *
plain(void)
{
	static uint8_t bytes[SIZE];
	struct draw draw = draw_from(5);
	size_t i;

	for (i = 0; i < SIZE; i++)
		bytes[i] = (uint8_t)draw_below(&draw, 7);
	return bytes;
}

/* A record of exactly ${len} bytes, to be freed. */
static struct wal_record
record_of(enum wal_codec codec, const void *data, size_t len)
{
	struct wal_record rec = { .codec = codec, .len = len };
	uint8_t *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	if (len > 0)
		memcpy(copy, data, len);
	rec.data = copy;
	return rec;
}

static void
release(struct wal_record *rec)
{
	free((uint8_t *)(uintptr_t)rec->data);
}

static struct wal_record
snappied(const uint8_t *data, size_t len)
{
	size_t packed = snappy_max_compressed_length(len);
	char *room = malloc(packed);
	struct wal_record rec;

	assert_non_null(room);
	assert_int_equal(
	    snappy_compress((const char *)data, len, room, &packed), SNAPPY_OK);
	rec = record_of(WAL_SNAPPY, room, packed);
	free(room);
	return rec;
}

static struct wal_record
zstandard(const uint8_t *data, size_t len)
{
	size_t packed = ZSTD_compressBound(len);
	void *room = malloc(packed);
	struct wal_record rec;

	assert_non_null(room);
	packed = ZSTD_compress(room, packed, data, len, 1);
	assert_false(ZSTD_isError(packed));
	rec = record_of(WAL_ZSTD, room, packed);
	free(room);
	return rec;
}

/* ${rec}, which is freed, unpacks to ${len} bytes at ${data}. */
static void
check(struct wal_unpack *unpack, struct wal_record rec, const uint8_t *data,
    size_t len)
{
	const uint8_t *got;
	size_t got_len;

	assert_int_equal(
	    wal_unpack_record(unpack, &rec, &got, &got_len), WAL_OK);
	assert_int_equal(got_len, len);
	if (len > 0)
		assert_memory_equal(got, data, len);
	release(&rec);
}

static void
check_corrupt(struct wal_unpack *unpack, struct wal_record rec)
{
	const uint8_t *got;
	size_t len;

	assert_int_equal(
	    wal_unpack_record(unpack, &rec, &got, &len), WAL_CORRUPT);
	release(&rec);
}

static void
every_codec_gives_what_was_packed(void **state)
{
	static const size_t lens[] = { 1, 100, 65535, 65536, 65537, 131072,
		SIZE, 3 };
	struct wal_unpack *unpack = wal_unpack_new();
	size_t i;

	(void)state;
	assert_non_null(unpack);
	for (i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		check(unpack, record_of(WAL_PLAIN, plain(), lens[i]), plain(),
		    lens[i]);
		check(unpack, snappied(plain(), lens[i]), plain(), lens[i]);
		check(unpack, zstandard(plain(), lens[i]), plain(), lens[i]);
	}
	wal_unpack_free(unpack);
	wal_unpack_free(NULL);
}

static void
an_empty_record_is_empty_whatever_its_codec(void **state)
{
	struct wal_unpack *unpack = wal_unpack_new();
	enum wal_codec codec;

	(void)state;
	for (codec = WAL_PLAIN; codec <= WAL_ZSTD; codec++)
		check(unpack, record_of(codec, NULL, 0), NULL, 0);
	check(unpack, snappied(plain(), 0), NULL, 0);
	check(unpack, zstandard(plain(), 0), NULL, 0);
	wal_unpack_free(unpack);
}

static void
the_best_ratio_of_snappy_is_no_false_claim(void **state)
{
	static const uint8_t zeros[SIZE];
	struct wal_unpack *unpack = wal_unpack_new();
	struct wal_record rec = snappied(zeros, SIZE);

	(void)state;
	assert_true(rec.len < SIZE / 20);
	check(unpack, rec, zeros, SIZE);
	wal_unpack_free(unpack);
}

static void
a_claim_of_snappy_that_cannot_be_true_is_corrupt(void **state)
{
	static const uint8_t four_gib[] = { 0xff, 0xff, 0xff, 0xff, 0x0f, 0,
		'a' };
	static const uint8_t ten_mib[] = { 0x80, 0x80, 0x80, 0x05, 0, 'a' };
	static const uint8_t no_number[] = { 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff };
	struct wal_unpack *unpack = wal_unpack_new();

	(void)state;
	check_corrupt(
	    unpack, record_of(WAL_SNAPPY, four_gib, sizeof(four_gib)));
	check_corrupt(unpack, record_of(WAL_SNAPPY, ten_mib, sizeof(ten_mib)));
	check_corrupt(
	    unpack, record_of(WAL_SNAPPY, no_number, sizeof(no_number)));
	wal_unpack_free(unpack);
}

static void
more_or_less_than_snappy_claims_is_corrupt(void **state)
{
	static const uint8_t more[] = { 1, 4, 'a', 'b' };
	static const uint8_t less[] = { 3, 4, 'a', 'b' };
	static const uint8_t behind_nothing[] = { 0, 0, 'a' };
	struct wal_unpack *unpack = wal_unpack_new();

	(void)state;
	check_corrupt(unpack, record_of(WAL_SNAPPY, more, sizeof(more)));
	check_corrupt(unpack, record_of(WAL_SNAPPY, less, sizeof(less)));
	check_corrupt(unpack,
	    record_of(WAL_SNAPPY, behind_nothing, sizeof(behind_nothing)));
	wal_unpack_free(unpack);
}

static void
a_zstd_frame_need_not_state_its_size(void **state)
{
	struct wal_unpack *unpack = wal_unpack_new();
	ZSTD_CCtx *zstd = ZSTD_createCCtx();
	uint8_t room[SIZE];
	ZSTD_outBuffer out = { room, sizeof(room), 0 };
	ZSTD_inBuffer in = { plain(), SIZE, 0 };

	(void)state;
	assert_false(
	    ZSTD_isError(ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1)));
	while (in.pos < in.size)
		assert_false(ZSTD_isError(
		    ZSTD_compressStream2(zstd, &out, &in, ZSTD_e_continue)));
	assert_int_equal(ZSTD_compressStream2(zstd, &out, &in, ZSTD_e_end), 0);
	check(unpack, record_of(WAL_ZSTD, room, out.pos), plain(), SIZE);
	(void)ZSTD_freeCCtx(zstd);
	wal_unpack_free(unpack);
}

static void
zstd_frames_in_a_row_are_one_record(void **state)
{
	struct wal_unpack *unpack = wal_unpack_new();
	struct wal_record a = zstandard(plain(), 100);
	struct wal_record b = zstandard(plain() + 100, SIZE - 100);
	uint8_t *both = malloc(a.len + b.len);

	(void)state;
	assert_non_null(both);
	memcpy(both, a.data, a.len);
	memcpy(both + a.len, b.data, b.len);
	check(unpack, record_of(WAL_ZSTD, both, a.len + b.len), plain(), SIZE);
	free(both);
	release(&a);
	release(&b);
	wal_unpack_free(unpack);
}

static void
a_record_cut_anywhere_is_corrupt_and_the_next_one_fine(void **state)
{
	struct wal_unpack *unpack = wal_unpack_new();
	struct wal_record zstd = zstandard(plain(), 300);
	struct wal_record snappy = snappied(plain(), 300);
	size_t len;

	(void)state;
	for (len = 1; len < zstd.len; len++) {
		check_corrupt(unpack, record_of(WAL_ZSTD, zstd.data, len));
		check(unpack, zstandard(plain(), 300), plain(), 300);
	}
	for (len = 1; len < snappy.len; len++)
		check_corrupt(unpack, record_of(WAL_SNAPPY, snappy.data, len));
	release(&zstd);
	release(&snappy);
	wal_unpack_free(unpack);
}

static void
garbage_is_corrupt(void **state)
{
	static const uint8_t garbage[] = "this was never compressed";
	struct wal_unpack *unpack = wal_unpack_new();

	(void)state;
	check_corrupt(unpack, record_of(WAL_ZSTD, garbage, sizeof(garbage)));
	check_corrupt(unpack, record_of(WAL_SNAPPY, garbage, sizeof(garbage)));
	wal_unpack_free(unpack);
}

/* A frame that says by its header, or proves, to be above the ceiling. */
static void
a_record_beyond_the_ceiling_is_corrupt(void **state)
{
	size_t size = (size_t)WAL_PLAIN_MAX + 1;
	struct wal_unpack *unpack = wal_unpack_new();
	uint8_t *zeros = calloc(1, size);

	(void)state;
	assert_non_null(zeros);
	check_corrupt(unpack, zstandard(zeros, size));
	free(zeros);
	wal_unpack_free(unpack);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_codec_gives_what_was_packed),
		cmocka_unit_test(an_empty_record_is_empty_whatever_its_codec),
		cmocka_unit_test(the_best_ratio_of_snappy_is_no_false_claim),
		cmocka_unit_test(
		    a_claim_of_snappy_that_cannot_be_true_is_corrupt),
		cmocka_unit_test(more_or_less_than_snappy_claims_is_corrupt),
		cmocka_unit_test(a_zstd_frame_need_not_state_its_size),
		cmocka_unit_test(zstd_frames_in_a_row_are_one_record),
		cmocka_unit_test(
		    a_record_cut_anywhere_is_corrupt_and_the_next_one_fine),
		cmocka_unit_test(garbage_is_corrupt),
		cmocka_unit_test(a_record_beyond_the_ceiling_is_corrupt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
