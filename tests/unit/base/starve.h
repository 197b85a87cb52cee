/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/base/starve.h - have memory run out.
 *
 * The program of a test that includes this is linked with malloc, calloc and
 * realloc wrapped.
 */
#ifndef TESTS_UNIT_BASE_STARVE_H
#define TESTS_UNIT_BASE_STARVE_H

#include <stdbool.h>
#include <stdlib.h>

/* How many more allocations succeed; below zero: all. */
static int allocations = -1;

static bool
starved(void)
{
	return allocations >= 0 && allocations-- == 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

void *
__wrap_malloc(size_t size)
{
	return starved() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return starved() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *memory, size_t size)
{
	return starved() ? NULL : __real_realloc(memory, size);
}

#endif /* TESTS_UNIT_BASE_STARVE_H */
