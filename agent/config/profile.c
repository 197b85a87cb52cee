/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/clock.h"
#include "agent/config/profile.h"
#include "agent/config/url.h"

#define MINUTE (60 * CLOCK_SEC)

/* A default of a workspace's entry that is not Prometheus's. */
struct preset {
	const char *key;
	size_t offset; /* In struct config_remote. */
	enum { USEC, COUNT, SWITCH } kind;
	uint64_t value;
	const char *shown;
};

#define PRESET(key_, field_, kind_, value_, shown_) \
	{ \
		(key_), offsetof(struct config_remote, field_), (kind_), \
		    (value_), (shown_) \
	}

/*
 * A workspace takes samples of 20 minutes to either side of its clock, bodies
 * of 1 MiB, and 15,000 requests a minute of all that share a rule.
 */
static const struct preset presets[] = {
	PRESET("queue_config.sample_age_limit", queue.sample_age_limit, USEC,
	    19 * MINUTE, "19m"),
	PRESET("future_limit", future_limit, USEC, 19 * MINUTE, "19m"),
	PRESET("max_lag", max_lag, USEC, 5 * MINUTE, "5m"),
	PRESET("max_bytes_per_send", max_bytes_per_send, COUNT, 1000000,
	    "1000000"),
	PRESET("queue_config.batch_send_deadline", queue.batch_send_deadline,
	    USEC, 15 * CLOCK_SEC, "15s"),
	PRESET("queue_config.max_backoff", queue.max_backoff, USEC,
	    30 * CLOCK_SEC, "30s"),
	PRESET("spread", spread, SWITCH, true, "true"),
	PRESET("rate_limit.catch_up", catch_up, COUNT, 2, "2"),
	PRESET("on_refused", bisect_refused, SWITCH, true, "bisect"),
	PRESET("label_limits", label_limits, COUNT, CONFIG_LABELS_DROP, "drop"),
};

#define PRESETS (sizeof(presets) / sizeof(presets[0]))

/* The words of the key, and what each selects. */
static const char *const words[] = { "none", "prometheus", "azuremonitor",
	NULL };
#define WORD_AZUREMONITOR 2

/* Whether ${at} has a ${key} with a value. */
static const struct tree_node *
value_of(const struct schema_at *at, const char *key)
{
	const struct tree_node *node =
	    at->node->kind == TREE_MAPPING ? tree_find(at->node, key) : NULL;

	return node != NULL && node->kind != TREE_NULL ? node : NULL;
}

bool
profile_is_workspace(const char *url)
{
	static const char *const clouds[] = {
		".metrics.ingest.monitor.azure.com",
		".metrics.ingest.monitor.azure.us",
		".metrics.ingest.monitor.azure.cn",
	};
	size_t i;

	if (url == NULL || url_fault(url) != NULL)
		return false;
	for (i = 0; i < sizeof(clouds) / sizeof(clouds[0]); i++)
		if (url_under(url, clouds[i]))
			return true;
	return false;
}

static enum config_profile
find(const struct schema_at *at, const char *url)
{
	const struct tree_node *named = value_of(at, "profile");

	if (named != NULL)
		return strcmp(named->text, words[WORD_AZUREMONITOR]) == 0
		    ? CONFIG_PROFILE_AZUREMONITOR
		    : CONFIG_PROFILE_NONE;
	return value_of(at, "azuread") != NULL || profile_is_workspace(url)
	    ? CONFIG_PROFILE_AZUREMONITOR
	    : CONFIG_PROFILE_NONE;
}

/* What ${preset} is of in ${remote}. */
static uint64_t
get(const struct config_remote *remote, const struct preset *preset)
{
	const char *at = (const char *)remote + preset->offset;

	switch (preset->kind) {
	case USEC:
		return *(const uint64_t *)(const void *)at;
	case COUNT:
		return *(const uint32_t *)(const void *)at;
	case SWITCH:
		break;
	}
	return *(const bool *)(const void *)at;
}

static void
set(struct config_remote *remote, const struct preset *preset)
{
	char *at = (char *)remote + preset->offset;

	switch (preset->kind) {
	case USEC:
		*(uint64_t *)(void *)at = preset->value;
		break;
	case COUNT:
		*(uint32_t *)(void *)at = (uint32_t)preset->value;
		break;
	case SWITCH:
		*(bool *)(void *)at = preset->value != 0;
		break;
	}
}

void
profile_begin(
    const struct schema_at *at, const char *url, struct config_remote *remote)
{
	size_t i;

	remote->profile = find(at, url);
	if (remote->profile != CONFIG_PROFILE_AZUREMONITOR)
		return;
	for (i = 0; i < PRESETS; i++)
		set(remote, &presets[i]);
	/* A workspace takes nothing without a token, whoever adds it. */
	remote->hold.given = true;
	if (value_of(at, "azuread") != NULL)
		remote->hold.statuses[remote->hold.len++] = 404;
}

void
profile_read(const struct schema_at *at, void *target)
{
	(void)target;
	(void)schema_choice(at, words);
}

void
profile_check(const struct schema_at *at, const struct config_remote *remote)
{
	struct schema_at url = schema_child(at, "url");
	bool guarded = remote->profile == CONFIG_PROFILE_AZUREMONITOR ||
	    remote->azuread != NULL;

	if (guarded && remote->url != NULL && !url_is_private(remote->url))
		schema_fault(&url,
		    "plain http would show tokens and samples to all on the "
		    "way; write https, or http to a proxy at 127.0.0.1");
}

/* Whether a host of another name would have another value. */
static bool
tells_hosts_apart(const struct config_label *label)
{
	char host[HOST_NAME_MAX + 1] = "";

	if (label->varies || gethostname(host, sizeof(host)) != 0)
		return true;
	host[HOST_NAME_MAX] = '\0';
	host[strcspn(host, ".")] = '\0';
	return host[0] != '\0' && strstr(label->value, host) != NULL;
}

const char *
profile_labels_fault(const struct config *config)
{
	size_t i = 0;

	while (i < config->remotes_len &&
	    config->remotes[i].profile != CONFIG_PROFILE_AZUREMONITOR)
		i++;
	if (i == config->remotes_len)
		return NULL;
	for (i = 0; i < config->external_labels_len; i++)
		if (config->external_labels[i].name != NULL &&
		    tells_hosts_apart(&config->external_labels[i]))
			return NULL;
	return "no external label tells this host from others: two that "
	       "scrape localhost:9100 would corrupt each other's series in "
	       "the workspace; add external_labels: {host: '${HOSTNAME}'}";
}

void
profile_check_labels(const struct schema_at *root, const struct config *config)
{
	struct schema_at place = schema_child(root, "remote_write");
	const char *fault = profile_labels_fault(config);

	if (fault != NULL)
		schema_note_key(&place, "%s", fault);
}

void
profile_put(const struct config_remote *remote, struct buf *out)
{
	const char *space = "";
	size_t i;

	if (remote->profile != CONFIG_PROFILE_AZUREMONITOR)
		return;
	for (i = 0; i < PRESETS; i++) {
		if (get(remote, &presets[i]) != presets[i].value)
			continue;
		buf_printf(
		    out, "%s%s=%s", space, presets[i].key, presets[i].shown);
		space = " ";
	}
}
