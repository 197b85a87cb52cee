/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/wal/noise.h - bytes that make every mistake in offsets show. */
#ifndef TESTS_UNIT_WAL_NOISE_H
#define TESTS_UNIT_WAL_NOISE_H

#include <stddef.h>
#include <stdint.h>

#include "tests/unit/base/draw.h"
#include "wal/segment.h"

/* Four pages of bytes that differ from place to place and compress badly. */
static inline const uint8_t *
noise(void)
{
	static uint8_t bytes[4 * WAL_PAGE_SIZE];
	struct draw draw = draw_from(11);
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)draw_any(&draw);
	return bytes;
}

#endif /* TESTS_UNIT_WAL_NOISE_H */
