/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/prometheus/document.h - YAML as others write it.
 *
 * Prometheus's own configuration may have all that walship's may not: anchors,
 * aliases, merge keys, tags.  So it is read into libyaml's document, in which
 * an alias is the node it stands for, and only what is asked for is looked at,
 * along ways that end.
 */
#ifndef AGENT_PROMETHEUS_DOCUMENT_H
#define AGENT_PROMETHEUS_DOCUMENT_H

#include <stddef.h>
#include <yaml.h>

#include "agent/base/buf.h"

#define DOCUMENT_MAX (8u << 20)     /* Bytes of text. */
#define DOCUMENT_EVENTS_MAX 262144u /* Values, lists' ends...: 0.2 s, or so. */
#define DOCUMENT_ANCHORS_MAX 8192   /* libyaml compares each with all others. */
#define DOCUMENT_TAGS_MAX 64        /* Of %TAG directives: the same. */
#define DOCUMENT_DEPTH_MAX 128      /* libyaml looks at all levels each time. */
#define DOCUMENT_STEPS_MAX 65536u   /* Of a walk: pairs and mappings. */

struct document;

/**
 * document_parse(text, len, why):
 * The first document of the ${len} bytes at ${text}.  NULL, with "LINE:COLUMN:
 * what is wrong" appended to ${why}, if there is none or it is not one.
 */
struct document *document_parse(const char *text, size_t len, struct buf *why);

/* Do nothing to NULL. */
void document_free(struct document *document);

/* Its root; nodes are valid as long as the document. */
const yaml_node_t *document_root(struct document *document);

/* The node ${item} of one of its lists or mappings. */
const yaml_node_t *document_node(struct document *document, int item);

/**
 * document_find(document, mapping, key):
 * The value of ${key} in ${mapping}, or in what is merged into it; NULL if
 * there is none, or ${mapping} is NULL or no mapping.
 */
const yaml_node_t *document_find(
    struct document *document, const yaml_node_t *mapping, const char *key);

/**
 * document_text(node):
 * The text of a scalar, "" of one that is null; NULL of anything else, or if
 * a NUL is in it.
 */
const char *document_text(const yaml_node_t *node);

/* Called for a pair; a result above 0 ends the walk. */
typedef int document_pair_fn(
    void *arg, const yaml_node_t *key, const yaml_node_t *value);

/**
 * document_pairs(document, mapping, pair, arg):
 * Call ${pair} for each pair of ${mapping}, then for those merged into it, the
 * first merged first: of pairs with one key the first one counts.  Return what
 * the last call did, 0 if there was none, -1 after DOCUMENT_STEPS_MAX.
 */
int document_pairs(struct document *document, const yaml_node_t *mapping,
    document_pair_fn *pair, void *arg);

#endif /* AGENT_PROMETHEUS_DOCUMENT_H */
