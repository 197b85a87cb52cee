/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/admin/viewing.h - an overview that is made up. */
#ifndef TESTS_UNIT_ADMIN_VIEWING_H
#define TESTS_UNIT_ADMIN_VIEWING_H

#include "agent/admin/overview.h"

#define VIEWING_NOW INT64_C(1767323045000) /* 2026-01-02T03:04:05Z. */

/* What no screen, page or line may take for more than text. */
#define VIEWING_HOSTILE \
	"<script>alert(1)</script>\x1b[2J\"'&\n\xe2\x80\xae\xff\x01"

/* Two destinations: one is well, one is in trouble and hostile. */
struct viewing {
	struct config config;
	struct config_remote remotes[2];
	struct situation situations[2];
	struct history history;
	struct overview_destination destinations[2];
	struct overview overview;
};

/* Make it anew, to be changed at will. */
void viewing_init(struct viewing *viewing);

#endif /* TESTS_UNIT_ADMIN_VIEWING_H */
