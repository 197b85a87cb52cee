/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/spool/saved.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input but for its checksum, which is not looked at. */
static void
compare(const struct buf *out, const uint8_t *data, size_t size)
{
	if (out->bad || out->len != size || memcmp(out->data, data, 8) != 0)
		abort();
}

/* What decodes is as long when it is encoded again, and decodes to the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct spool_table first = { 0 }, second = { 0 };
	struct buf out;

	if (saved_decode(&first, data, size) != SAVED_OK)
		return 0;
	buf_init(&out, SAVED_MAX + 1);
	saved_encode(&first, &out);
	compare(&out, data, size);
	if (saved_decode(&second, out.data, out.len) != SAVED_OK ||
	    second.len != first.len || second.generation != first.generation ||
	    second.next != first.next ||
	    second.joints.len != first.joints.len ||
	    (first.len > 0 &&
		memcmp(first.segments, second.segments,
		    first.len * sizeof(*first.segments)) != 0))
		abort();
	spool_table_release(&first);
	spool_table_release(&second);
	buf_release(&out);
	return 0;
}
