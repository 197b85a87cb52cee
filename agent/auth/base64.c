/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>

#include "agent/auth/base64.h"

void
base64_put(struct buf *out, const void *data, size_t len)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *at = data;
	uint32_t bits;
	size_t n, i;

	for (; len > 0; len -= n, at += n) {
		n = len < 3 ? len : 3;
		bits = (uint32_t)at[0] << 16;
		if (n > 1)
			bits |= (uint32_t)at[1] << 8;
		if (n > 2)
			bits |= at[2];
		for (i = 0; i < 4; i++)
			buf_putc(out,
			    i <= n ? letters[bits >> (18 - 6 * i) & 63] : '=');
	}
}
