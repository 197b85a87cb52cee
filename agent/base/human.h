/* SPDX-License-Identifier: Apache-2.0 */
/* agent/base/human.h - times, sizes and numbers as people read them. */
#ifndef AGENT_BASE_HUMAN_H
#define AGENT_BASE_HUMAN_H

#include <stdint.h>

#include "agent/base/buf.h"

/* Append ${seconds}: "0.4 s", "12 s", "4 min", "1 h 20 min", "3 d 4 h". */
void human_put_time(struct buf *out, double seconds);

/* Append ${bytes}: "512 B", "1.4 MiB". */
void human_put_size(struct buf *out, double bytes);

/* Append ${count}: "0.25", "950", "12.3 k", "4.5 M". */
void human_put_count(struct buf *out, double count);

/* Append ${ms} since 1970 as "2026-01-02T03:04:05Z". */
void human_put_date(struct buf *out, int64_t ms);

#endif /* AGENT_BASE_HUMAN_H */
