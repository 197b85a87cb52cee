/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "agent/base/wipe.h"
#include "agent/config/change.h"

/* Keys of an entry that say how it is sent to, and nothing of its series. */
static const char *const sending_keys[] = {
	"authorization",
	"azuread",
	"basic_auth",
	"bearer_token",
	"bearer_token_file",
	"enable_http2",
	"follow_redirects",
	"future_limit",
	"headers",
	"hold_on_status",
	"http_headers",
	"max_bytes_per_send",
	"max_lag",
	"name",
	"no_proxy",
	"oauth2",
	"on_refused",
	"proxy_connect_header",
	"proxy_from_arc",
	"proxy_from_environment",
	"proxy_url",
	"queue_config",
	"rate_limit",
	"remote_timeout",
	"round_robin_dns",
	"sigv4",
	"spread",
	"tls_config",
	"url",
	"urls", /* Compared as a list of members. */
	NULL,
};

/* Keys of an entry that its tokens depend on. */
static const char *const token_keys[] = { "azuread", "no_proxy", "oauth2",
	"proxy_connect_header", "proxy_from_arc", "proxy_from_environment",
	"proxy_url", "tls_config", NULL };

/* Keys of the file that are no matter of a destination once it has begun. */
static const char *const other_keys[] = {
	"external_labels", /* Compared as they are once they are read. */
	"limits",
	"log",
	"prometheus", /* But for these keys of it. */
	"remote_write",
	"self_metrics", /* Compared as it is for each entry. */
	"spool",
	"start",
	"state_dir",
	"web",
	NULL,
};

static const char *const other_prometheus_keys[] = { "config_file", "data_dir",
	NULL };

/* What ${node} says by ${keys}; to be freed, NULL if there is no memory. */
static char *
text_of(const struct tree_node *node, const char *const keys[])
{
	const struct tree_node *value;
	char *text = strdup(""), *part, *whole;

	for (; text != NULL && *keys != NULL; keys++) {
		if (node->kind != TREE_MAPPING ||
		    (value = tree_find(node, *keys)) == NULL)
			continue;
		part = tree_text(value, NULL);
		if (part == NULL ||
		    asprintf(&whole, "%s%s %s\n", text, *keys, part) == -1)
			whole = NULL;
		wipe_text(part);
		wipe_text(text);
		text = whole;
	}
	return text;
}

void
change_keep(const struct tree_node *node, struct config_remote *remote,
    struct fault_list *faults)
{
	remote->text = tree_text(node, NULL);
	remote->series_text = tree_text(node, sending_keys);
	remote->token_text = text_of(node, token_keys);
	if (remote->text == NULL || remote->series_text == NULL ||
	    remote->token_text == NULL)
		faults->nomem = true;
}

/* What ${root} says under ${key}, but for ${others}; "" if nothing. */
static char *
text_under(
    const struct tree_node *root, const char *key, const char *const others[])
{
	const struct tree_node *node =
	    root->kind == TREE_MAPPING ? tree_find(root, key) : NULL;

	return node != NULL ? tree_text(node, others) : strdup("");
}

void
change_keep_common(const struct tree_node *root, struct config *config,
    struct fault_list *faults)
{
	config->common_text = tree_text(root, other_keys);
	config->prometheus_text =
	    text_under(root, "prometheus", other_prometheus_keys);
	config->spool_text = text_under(root, "spool", NULL);
	if (config->common_text == NULL || config->prometheus_text == NULL ||
	    config->spool_text == NULL)
		faults->nomem = true;
}

static bool
same(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static bool
same_labels(const struct config *a, const struct config *b)
{
	size_t i, len = a->external_labels_len;

	if (len != b->external_labels_len)
		return false;
	for (i = 0; i < len; i++)
		if (!same(a->external_labels[i].name,
			b->external_labels[i].name) ||
		    !same(a->external_labels[i].value,
			b->external_labels[i].value))
			return false;
	return true;
}

static bool
same_share(const struct config_remote *a, const struct config_remote *b)
{
	return a->share_list == b->share_list &&
	    a->share_index == b->share_index;
}

uint32_t
change_labels(const struct config *config, const struct config_remote *remote)
{
	const struct config_label *label = config->external_labels;
	uint32_t sum;
	size_t i;

	sum = hash_stable(remote->series_text, strlen(remote->series_text));
	for (i = 0; i < config->external_labels_len; i++, label++) {
		sum = hash_bytes(sum, label->name, strlen(label->name));
		sum = hash_bytes(sum, label->value, strlen(label->value));
	}
	return sum;
}

enum change
change_between(const struct config *in_a, const struct config_remote *a,
    const struct config *in_b, const struct config_remote *b)
{
	/* Prometheus is asked for metadata, and for nothing else. */
	if ((a->metadata.send || b->metadata.send) &&
	    !same(in_a->prometheus_text, in_b->prometheus_text))
		return CHANGE_SERIES;
	if (!same_labels(in_a, in_b) ||
	    !same(in_a->common_text, in_b->common_text) ||
	    !same(a->series_text, b->series_text) || !same_share(a, b) ||
	    a->label_limits != b->label_limits)
		return CHANGE_SERIES;
	/* A name may be made, and its number depends on other entries. */
	return same(a->text, b->text) && same(a->name, b->name) &&
		a->self_interval == b->self_interval
	    ? CHANGE_NONE
	    : CHANGE_SENDING;
}

static const struct {
	const char *key;
	size_t offset; /* Of a char * in struct config. */
} pinned[] = {
	{ "prometheus.data_dir", offsetof(struct config, data_dir) },
	{ "state_dir", offsetof(struct config, state_dir) },
	{ "web.listen_address", offsetof(struct config, listen_address) },
	{ "web.config_file", offsetof(struct config, web_file) },
	{ "spool", offsetof(struct config, spool_text) },
};

int
change_pin(struct config *fresh, const struct config *running, struct buf *keys)
{
	char **to, *const *from, *copy;
	size_t i;

	for (i = 0; i < sizeof(pinned) / sizeof(*pinned); i++) {
		to = (char **)((char *)fresh + pinned[i].offset);
		from =
		    (char *const *)((const char *)running + pinned[i].offset);
		if (same(*to, *from))
			continue;
		if ((copy = strdup(*from)) == NULL)
			return -1;
		free(*to);
		*to = copy;
		buf_printf(
		    keys, "%s%s", keys->len > 0 ? ", " : "", pinned[i].key);
	}
	return 0;
}
