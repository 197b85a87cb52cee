/* SPDX-License-Identifier: Apache-2.0 */
#include <endian.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "agent/base/hash.h"

/* Odd, with its bits well spread: the golden ratio, and a prime. */
#define SPREAD UINT64_C(0x9e3779b97f4a7c15)
#define PRIME UINT64_C(0xd6e8feb86659fd93)

/* Never to be changed: who receives which series hangs on it. */
#define STABLE_SEED UINT64_C(0x77616c736869702e)

uint64_t
hash_seed(void)
{
	struct timespec now;
	uint64_t seed;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) == sizeof(seed))
		return seed;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_nsec * SPREAD ^ (uint64_t)now.tv_sec;
}

/* Both halves of the product depend on every bit of ${a} and ${b}. */
static uint64_t
mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)(product >> 64) ^ (uint64_t)product;
}

uint32_t
hash_bytes(uint64_t seed, const void *data, size_t len)
{
	const unsigned char *at = data;
	uint64_t state = seed ^ mix(len ^ SPREAD, PRIME), word;

	for (; len >= sizeof(word); len -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		state = mix(state ^ le64toh(word), seed ^ SPREAD);
		at += sizeof(word);
	}
	word = 0;
	if (len > 0)
		memcpy(&word, at, len);
	return (uint32_t)mix(state ^ le64toh(word), seed ^ PRIME);
}

uint32_t
hash_stable(const void *data, size_t len)
{
	return hash_bytes(STABLE_SEED, data, len);
}

uint32_t
hash_number(uint64_t seed, uint64_t number)
{
	return (uint32_t)mix(number ^ seed, SPREAD);
}
