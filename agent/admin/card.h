/* SPDX-License-Identifier: Apache-2.0 */
/* agent/admin/card.h - what the page shows of one destination. */
#ifndef AGENT_ADMIN_CARD_H
#define AGENT_ADMIN_CARD_H

#include "agent/admin/overview.h"
#include "agent/base/buf.h"

/* Append ${destination}, one of ${overview}'s, as an article of HTML. */
void card_put(const struct overview *overview,
    const struct overview_destination *destination, struct buf *out);

#endif /* AGENT_ADMIN_CARD_H */
