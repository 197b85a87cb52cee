/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <string.h>
#if defined(__aarch64__)
#include <arm_acle.h>
#include <sys/auxv.h>
#endif

#include "wal/crc32c.h"

/* What a nibble adds to the checksum: two steps a byte. */
static const uint32_t nibble[16] = {
	0x00000000u,
	0x105ec76fu,
	0x20bd8edeu,
	0x30e349b1u,
	0x417b1dbcu,
	0x5125dad3u,
	0x61c69362u,
	0x7198540du,
	0x82f63b78u,
	0x92a8fc17u,
	0xa24bb5a6u,
	0xb21572c9u,
	0xc38d26c4u,
	0xd3d3e1abu,
	0xe330a81au,
	0xf36e6f75u,
};

uint32_t
crc32c_portable(const uint8_t *data, size_t len)
{
	uint32_t crc = ~0u;

	for (; len > 0; len--) {
		crc ^= *data++;
		crc = crc >> 4 ^ nibble[crc & 15];
		crc = crc >> 4 ^ nibble[crc & 15];
	}
	return ~crc;
}

#if defined(__x86_64__)

static bool
have_instruction(void)
{
	return __builtin_cpu_supports("sse4.2");
}

__attribute__((target("sse4.2"))) static uint32_t
by_instruction(const uint8_t *data, size_t len)
{
	uint64_t crc = ~0u, word;

	for (; len >= sizeof(word); len -= sizeof(word)) {
		memcpy(&word, data, sizeof(word));
		crc = __builtin_ia32_crc32di(crc, word);
		data += sizeof(word);
	}
	for (; len > 0; len--)
		crc = __builtin_ia32_crc32qi((uint32_t)crc, *data++);
	return ~(uint32_t)crc;
}

#elif defined(__aarch64__)

static bool
have_instruction(void)
{
	return (getauxval(AT_HWCAP) & (1u << 7)) != 0; /* HWCAP_CRC32 */
}

__attribute__((target("+crc"))) static uint32_t
by_instruction(const uint8_t *data, size_t len)
{
	uint32_t crc = ~0u;
	uint64_t word;

	for (; len >= sizeof(word); len -= sizeof(word)) {
		memcpy(&word, data, sizeof(word));
		crc = __crc32cd(crc, word);
		data += sizeof(word);
	}
	for (; len > 0; len--)
		crc = __crc32cb(crc, *data++);
	return ~crc;
}

#else

static bool
have_instruction(void)
{
	return false;
}

static uint32_t
by_instruction(const uint8_t *data, size_t len)
{
	return crc32c_portable(data, len);
}

#endif

uint32_t
crc32c(const uint8_t *data, size_t len)
{
	return have_instruction() ? by_instruction(data, len)
				  : crc32c_portable(data, len);
}
