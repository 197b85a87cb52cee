/* SPDX-License-Identifier: Apache-2.0 */
/* wal/grow.h - arrays that grow by doubling. */
#ifndef WAL_GROW_H
#define WAL_GROW_H

#include <stddef.h>
#include <stdlib.h>

#define WAL_GROW_FIRST 64u /* Entries to make room for first. */

/**
 * wal_grow(array, cap, want, size):
 * Return ${array} with room for ${want} entries of ${size} bytes, moved if
 * need be, and update its capacity ${cap}; NULL, with ${array} as it was, if
 * there is no memory.  The caller bounds ${want} by bytes that it has seen.
 */
static inline void *
wal_grow(void *array, size_t *cap, size_t want, size_t size)
{
	size_t grown = *cap < WAL_GROW_FIRST ? WAL_GROW_FIRST : *cap;
	void *moved;

	if (array != NULL && want <= *cap)
		return array;
	while (grown < want)
		grown *= 2;
	if ((moved = reallocarray(array, grown, size)) != NULL)
		*cap = grown;
	return moved;
}

#endif /* WAL_GROW_H */
