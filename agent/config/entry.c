/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/clock.h"
#include "agent/base/wipe.h"
#include "agent/config/access.h"
#include "agent/config/azuread.h"
#include "agent/config/change.h"
#include "agent/config/entry.h"
#include "agent/config/extra.h"
#include "agent/config/header.h"
#include "agent/config/oauth2.h"
#include "agent/config/profile.h"
#include "agent/config/proxy.h"
#include "agent/config/rules.h"
#include "agent/config/signing.h"
#include "agent/config/trust.h"
#include "agent/config/url.h"

/* An entry while it is read, with what is checked but has no effect. */
struct entry {
	struct config_remote remote;
	size_t member;  /* Of urls: whose entry it shall be. */
	size_t members; /* How many there are; 0: url. */
	uint32_t min_shards;
};

static const struct entry defaults = {
	.remote = {
		.remote_timeout = 30 * CLOCK_SEC,
		.follow_redirects = true,
		.hold = { .statuses = { 401, 403 }, .len = 2 },
		.queue = {
			.max_shards = 50,
			.max_samples_per_send = 2000,
			.batch_send_deadline = 5 * CLOCK_SEC,
			.min_backoff = 30 * CLOCK_MSEC,
			.max_backoff = 5 * CLOCK_SEC,
			.retry_on_http_429 = true,
		},
		.metadata = {
			.send = true,
			.send_interval = 60 * CLOCK_SEC,
			.max_samples_per_send = 2000,
		},
	},
	.min_shards = 1,
};

static void
read_max_samples(const struct schema_at *at, void *target)
{
	struct config_queue *queue = target;

	schema_count(at, &queue->max_samples_per_send);
	queue->max_samples_given = true;
}

static void
read_min_shards(const struct schema_at *at, void *target)
{
	schema_count(at, target);
	schema_note_key(at, "has no effect here; it can be removed");
}

#define QUEUE(field_) offsetof(struct entry, remote.queue.field_)

static const struct schema_key queue_keys[] = {
	{ "capacity", schema_ignore_count, NULL, 0 },
	{ "max_shards", schema_count, NULL, QUEUE(max_shards) },
	{ "min_shards", read_min_shards, NULL,
	    offsetof(struct entry, min_shards) },
	{ "max_samples_per_send", read_max_samples, NULL,
	    offsetof(struct entry, remote.queue) },
	{ "batch_send_deadline", schema_duration, NULL,
	    QUEUE(batch_send_deadline) },
	{ "min_backoff", schema_duration, NULL, QUEUE(min_backoff) },
	{ "max_backoff", schema_duration, NULL, QUEUE(max_backoff) },
	{ "retry_on_http_429", schema_bool, NULL, QUEUE(retry_on_http_429) },
	{ "sample_age_limit", schema_limit, NULL, QUEUE(sample_age_limit) },
	{ 0 },
};

static void
read_queue(const struct schema_at *at, void *target)
{
	size_t before = at->faults->count;
	struct entry *entry = target;
	struct schema_at place;

	schema_mapping(at, queue_keys, entry);
	if (at->faults->count != before)
		return; /* What was not read says nothing about the rest. */
	if (entry->min_shards > entry->remote.queue.max_shards) {
		place = schema_child(at, "min_shards");
		schema_fault(&place,
		    "above max_shards, which is %u; "
		    "raise that or lower this",
		    entry->remote.queue.max_shards);
	}
	if (entry->remote.queue.min_backoff > entry->remote.queue.max_backoff) {
		place = schema_child(at,
		    tree_find(at->node, "min_backoff") != NULL ? "min_backoff"
							       : "max_backoff");
		schema_fault(&place,
		    "min_backoff, 30ms if it is not given, is above "
		    "max_backoff, 5s if it is not given; lower the one or "
		    "raise the other");
	}
}

#define METADATA(field_) offsetof(struct entry, remote.metadata.field_)

static const struct schema_key metadata_keys[] = {
	{ "send", schema_bool, NULL, METADATA(send) },
	{ "send_interval", schema_duration, NULL, METADATA(send_interval) },
	{ "max_samples_per_send", schema_count, NULL,
	    METADATA(max_samples_per_send) },
	{ 0 },
};

static void
read_protobuf_message(const struct schema_at *at, void *target)
{
	static const char *const messages[] = { "prometheus.WriteRequest",
		"io.prometheus.write.v2.Request", NULL };

	(void)target;
	if (schema_choice(at, messages) == 1)
		schema_fault(at,
		    "io.prometheus.write.v2.Request is not "
		    "supported by this version; "
		    "write prometheus.WriteRequest");
}

static void
read_on_refused(const struct schema_at *at, void *target)
{
	static const char *const steps[] = { "drop", "bisect", NULL };

	*(bool *)target = schema_choice(at, steps) == 1;
}

/* Those that are retried, split or followed anyway are not to be held. */
static bool
may_hold(uint32_t status)
{
	return status >= 400 && status <= 499 && status != 408 &&
	    status != 413 && status != 429;
}

static void
read_hold(const struct schema_at *at, void *target)
{
	struct schema_at child = { .up = at, .faults = at->faults };
	struct config_hold *hold = target;
	uint32_t status;

	if (!schema_is(at, TREE_LIST))
		return;
	*hold = (struct config_hold){ .given = true };
	for (child.node = at->node->first; child.node != NULL;
	     child.node = child.node->next, child.index++) {
		if (hold->len == CONFIG_HOLD_MAX) {
			schema_fault(&child, "more than %u; remove some",
			    CONFIG_HOLD_MAX);
			return;
		}
		status = 0;
		schema_count(&child, &status);
		if (status == 0)
			continue;
		if (may_hold(status))
			hold->statuses[hold->len++] = (uint16_t)status;
		else
			schema_fault(&child,
			    "not a status that can be held; write one from "
			    "400 to 499, but not 408, 413 or 429");
	}
}

static void
read_name(const struct schema_at *at, void *target)
{
	const unsigned char *c;

	if (!schema_is(at, TREE_SCALAR))
		return;
	for (c = (const unsigned char *)at->node->text; *c >= ' '; c++)
		if (*c == 0x7f)
			break;
	if (*c != '\0')
		schema_fault(at, "has a control character; remove it");
	else if (strlen(at->node->text) > ENTRY_NAME_MAX)
		schema_fault(
		    at, "longer than %u bytes; shorten it", ENTRY_NAME_MAX);
	else if (at->node->text[0] != '\0')
		schema_text(at, target);
}

static void
read_url(const struct schema_at *at, void *target)
{
	struct config_remote *remote = target;

	url_read(at, &remote->url, &remote->shown_url);
}

/* Whether no entry of the list before ${at} is the same. */
static bool
is_first(const struct schema_at *at)
{
	const struct tree_node *node = at->up->node->first;

	while (node != at->node && strcmp(node->text, at->node->text) != 0)
		node = node->next;
	return node == at->node;
}

/* One of urls, whichever it is, must be right. */
static void
read_member(const struct schema_at *at, struct entry *entry)
{
	struct config_remote ignored = { 0 };

	if (at->index == entry->member) {
		read_url(at, &entry->remote);
	} else {
		read_url(at, &ignored);
		wipe_text(ignored.url);
		free(ignored.shown_url);
	}
	if (at->node->kind == TREE_SCALAR && !is_first(at))
		schema_fault(at, "is in the list already; remove it");
}

static void
read_urls(const struct schema_at *at, void *target)
{
	struct schema_at child = { .up = at, .faults = at->faults };
	struct entry *entry = target;

	if (!schema_is(at, TREE_LIST))
		return;
	if (at->node->first == NULL)
		schema_fault(at,
		    "empty; write where to send, as "
		    "- https://host/api/v1/write");
	for (child.node = at->node->first; child.node != NULL;
	     child.node = child.node->next, child.index++) {
		if (child.index == CONFIG_REMOTES_MAX) {
			schema_fault(&child, "more than %u; remove some",
			    CONFIG_REMOTES_MAX);
			break;
		}
		read_member(&child, entry);
	}
	entry->members = child.index;
}

#define REMOTE(field_) offsetof(struct entry, remote.field_)

/* At the live rate itself nothing would ever be caught up with. */
static void
read_catch_up(const struct schema_at *at, void *target)
{
	uint32_t factor = 0;

	schema_ceiling(at, &factor);
	if (factor == 1)
		schema_fault(at,
		    "would never catch up; write 2 or more, or 0 for no limit");
	else
		*(uint32_t *)target = factor;
}

static void
read_label_limits(const struct schema_at *at, void *target)
{
	static const char *const steps[] = { [CONFIG_LABELS_SEND] = "send",
		[CONFIG_LABELS_DROP] = "drop",
		[CONFIG_LABELS_TRUNCATE] = "truncate",
		NULL };
	int step = schema_choice(at, steps);

	if (step >= 0)
		*(uint32_t *)target = (uint32_t)step;
}

static const struct schema_key rate_keys[] = {
	{ "samples_per_minute", schema_count, NULL,
	    REMOTE(samples_per_minute) },
	{ "catch_up", read_catch_up, NULL, REMOTE(catch_up) },
	{ 0 },
};

static void
refuse_google(const struct schema_at *at, void *target)
{
	(void)target;
	schema_fault_key(at,
	    "not supported; write oauth2 with grant_type: "
	    "urn:ietf:params:oauth:grant-type:jwt-bearer and the key of a "
	    "service account, or authorization with credentials_file");
}

static const struct schema_key remote_keys[] = {
	{ "url", read_url, NULL, offsetof(struct entry, remote) },
	{ "urls", read_urls, NULL, 0 },
	{ "name", read_name, NULL, REMOTE(name) },
	{ "remote_timeout", schema_duration, NULL, REMOTE(remote_timeout) },
	{ "headers", header_read, NULL, offsetof(struct entry, remote) },
	{ "http_headers", extra_read, NULL, offsetof(struct entry, remote) },
	{ "authorization", access_read_authorization, NULL,
	    offsetof(struct entry, remote) },
	{ "basic_auth", access_read_basic, NULL,
	    offsetof(struct entry, remote) },
	{ "azuread", azuread_read, NULL, offsetof(struct entry, remote) },
	{ "bearer_token", access_read_bearer, NULL,
	    offsetof(struct entry, remote) },
	{ "bearer_token_file", access_read_bearer_file, NULL,
	    offsetof(struct entry, remote) },
	{ "tls_config", trust_read, NULL, REMOTE(tls) },
	{ "proxy_url", proxy_read_url, NULL, REMOTE(proxy.url) },
	{ "no_proxy", proxy_read_list, NULL, REMOTE(proxy.no_proxy) },
	{ "proxy_from_environment", schema_bool, NULL,
	    REMOTE(proxy.from_environment) },
	{ "proxy_from_arc", schema_bool, NULL, REMOTE(proxy.from_arc) },
	{ "proxy_connect_header", proxy_read_headers, NULL, REMOTE(proxy) },
	{ "write_relabel_configs", rules_read, NULL,
	    offsetof(struct entry, remote) },
	{ "queue_config", read_queue, NULL, 0 },
	{ "send_exemplars", schema_bool, NULL, REMOTE(send_exemplars) },
	{ "send_native_histograms", schema_bool, NULL,
	    REMOTE(send_native_histograms) },
	{ "protobuf_message", read_protobuf_message, NULL, 0 },
	{ "metadata_config", NULL, metadata_keys, 0 },
	{ "on_refused", read_on_refused, NULL, REMOTE(bisect_refused) },
	{ "follow_redirects", schema_bool, NULL, REMOTE(follow_redirects) },
	{ "round_robin_dns", schema_bool, NULL, REMOTE(round_robin_dns) },
	{ "enable_http2", schema_bool, NULL, REMOTE(enable_http2) },
	{ "hold_on_status", read_hold, NULL, REMOTE(hold) },
	{ "max_bytes_per_send", schema_count, NULL,
	    REMOTE(max_bytes_per_send) },
	{ "max_lag", schema_limit, NULL, REMOTE(max_lag) },
	{ "future_limit", schema_limit, NULL, REMOTE(future_limit) },
	{ "spread", schema_bool, NULL, REMOTE(spread) },
	{ "label_limits", read_label_limits, NULL, REMOTE(label_limits) },
	{ "profile", profile_read, NULL, 0 },
	{ "rate_limit", NULL, rate_keys, 0 },

	{ "failed_request_logging", schema_ignore_bool, NULL, 0 },

	{ "google_iam", refuse_google, NULL, 0 },
	{ "oauth2", oauth2_read, NULL, REMOTE(oauth2) },
	{ "sigv4", signing_read, NULL, REMOTE(sigv4) },
	{ 0 },
};

/* An entry has one url, or several. */
static void
check_url(const struct schema_at *at)
{
	struct schema_at urls = schema_child(at, "urls");
	const struct tree_node *url = tree_find(at->node, "url");

	if (urls.node == at->node || urls.node->kind == TREE_NULL)
		schema_require(at, "url",
		    "write where to send, as https://host/api/v1/write");
	else if (url != NULL && url->kind != TREE_NULL)
		schema_fault_key(
		    &urls, "there is url too; keep one of the two");
}

/* Where member ${member} of the entry at ${at} sends to; NULL if not said. */
static const char *
find_url(const struct schema_at *at, size_t member)
{
	const struct tree_node *node = NULL;

	if (at->node->kind == TREE_MAPPING &&
	    (node = tree_find(at->node, "urls")) != NULL)
		for (node = node->first; node != NULL && member > 0; member--)
			node = node->next;
	else if (at->node->kind == TREE_MAPPING)
		node = tree_find(at->node, "url");
	return node != NULL && node->kind == TREE_SCALAR ? node->text : NULL;
}

size_t
entry_read(
    const struct schema_at *at, size_t member, struct config_remote *remote)
{
	struct entry entry = defaults;

	entry.member = member;
	entry.remote.line = at->node->line;
	profile_begin(at, find_url(at, member), &entry.remote);
	schema_mapping(at, remote_keys, &entry);
	access_check(at, &entry.remote);
	profile_check(at, &entry.remote);
	extra_check(at, &entry.remote);
	proxy_check(at, &entry.remote.proxy);
	if (at->node->kind == TREE_MAPPING)
		check_url(at);
	entry.remote.share_index = (uint32_t)member;
	entry.remote.share_count =
	    entry.members > 0 ? (uint32_t)entry.members : 1;
	change_keep(at->node, &entry.remote, at->faults);
	*remote = entry.remote;
	return remote->share_count;
}

void
entry_release(struct config_remote *remote)
{
	header_free(remote->headers, remote->headers_len);
	proxy_release(&remote->proxy);
	rules_free(remote->rules, remote->rules_len);
	access_release(remote);
	wipe_text(remote->url);
	free(remote->shown_url);
	free(remote->name);
	wipe_text(remote->text);
	wipe_text(remote->token_text);
	wipe_text(remote->series_text);
	*remote = (struct config_remote){ 0 };
}
