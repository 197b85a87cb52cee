/* SPDX-License-Identifier: Apache-2.0 */
/* agent/meters/kind.h - the kinds of entries that are sent. */
#ifndef AGENT_METERS_KIND_H
#define AGENT_METERS_KIND_H

enum kept_kind { KEPT_SAMPLE, KEPT_EXEMPLAR, KEPT_HISTOGRAM };

#define KEPT_KINDS 3u

/* Kinds as a set, to be added up. */
#define KIND_BIT(kind_) (1u << (kind_))
#define KINDS_ALL (KIND_BIT(KEPT_KINDS) - 1)

#endif /* AGENT_METERS_KIND_H */
