/* SPDX-License-Identifier: Apache-2.0 */
/* agent/spool/reserve.h - the part of a disk that is not for us. */
#ifndef AGENT_SPOOL_RESERVE_H
#define AGENT_SPOOL_RESERVE_H

#include <stdint.h>

/* The larger of both counts. */
struct reserve {
	uint64_t bytes;
	uint32_t percent; /* Of all that the disk has. */
};

/**
 * reserve_left(reserve, fd, ret):
 * Store in ${ret} how many bytes are free on the disk of ${fd} besides the
 * reserve; if that is cut into, how many are missing, as a negative number.
 * Return -1, with errno, if the disk does not say.
 */
int reserve_left(const struct reserve *reserve, int fd, int64_t *ret);

#endif /* AGENT_SPOOL_RESERVE_H */
