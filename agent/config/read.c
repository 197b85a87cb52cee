/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clock.h"
#include "agent/config/change.h"
#include "agent/config/holding.h"
#include "agent/config/labels.h"
#include "agent/config/profile.h"
#include "agent/config/read.h"
#include "agent/config/remote.h"
#include "agent/config/schema.h"
#include "agent/config/url.h"
#include "agent/config/value.h"

void
read_directory(const struct schema_at *at, void *target)
{
	if (!schema_is(at, TREE_SCALAR))
		return;
	if (at->node->text[0] != '/')
		schema_fault(at, "must be an absolute path, from / on");
	else if (strlen(at->node->text) >= PATH_MAX)
		schema_fault(at, "longer than any path can be; shorten it");
	else
		schema_text(at, target);
}

/* Where Prometheus itself listens; the paths of its API come after. */
static void
read_prometheus_url(const struct schema_at *at, void *target)
{
	struct config *config = target;

	if (at->node->kind == TREE_SCALAR &&
	    (at->node->text[0] == '\0' || strchr(at->node->text, '?') != NULL))
		schema_fault(at,
		    "empty, or has a query; write where Prometheus listens, "
		    "as http://127.0.0.1:9090, with the path of its "
		    "--web.route-prefix if it has one");
	else
		url_read(
		    at, &config->prometheus_url, &config->prometheus_shown_url);
}

/* The file of Prometheus's own configuration. */
static void
read_config_file(const struct schema_at *at, void *target)
{
	if (!schema_is(at, TREE_SCALAR))
		return;
	if (at->node->text[0] == '\0' || strlen(at->node->text) >= PATH_MAX)
		schema_fault(at,
		    "empty or too long; write where Prometheus's own "
		    "configuration lies, as /etc/prometheus/prometheus.yml");
	else
		schema_text(at, target);
}

/* The file that says who may ask the admin server. */
static void
read_web_file(const struct schema_at *at, void *target)
{
	if (!schema_is(at, TREE_SCALAR))
		return;
	if (strlen(at->node->text) >= PATH_MAX)
		schema_fault(at, "longer than any path can be; shorten it");
	else
		schema_text(at, target);
}

/* now, oldest, a duration ago, or a time. */
static void
read_start(const struct schema_at *at, void *target)
{
	struct config_start *start = target;
	const char *word = at->node->text;
	uint64_t usec;

	if (!schema_is(at, TREE_SCALAR))
		return;
	if (strcmp(word, "now") == 0) {
		start->kind = CONFIG_START_NOW;
	} else if (strcmp(word, "oldest") == 0) {
		start->kind = CONFIG_START_OLDEST;
	} else if (value_duration(word, &usec) == 0 && usec > 0) {
		start->kind = CONFIG_START_AGO;
		start->ago = (int64_t)(usec / 1000);
	} else if (value_time(word, &start->time) == 0) {
		start->kind = CONFIG_START_TIME;
	} else {
		schema_fault(at,
		    "'%s' is no start; write now, oldest, how "
		    "long ago as 15m, or a time as "
		    "2026-01-02T03:04:05Z",
		    fault_quote(word).text);
	}
}

static void
read_address(const struct schema_at *at, void *target)
{
	if (!schema_is(at, TREE_SCALAR))
		return;
	if (at->node->text[0] != '\0' && value_address(at->node->text) != 0)
		schema_fault(at,
		    "'%s' is no address to listen at; write IP "
		    "and port as 127.0.0.1:9795 or [::1]:9795, "
		    ":9795 for any, or \"\" for none",
		    fault_quote(at->node->text).text);
	else
		schema_text(at, target);
}

static void
read_log_level(const struct schema_at *at, void *target)
{
	static const char *const words[] = { [LOG_DEBUG] = "debug",
		[LOG_INFO] = "info",
		[LOG_WARN] = "warn",
		[LOG_ERROR] = "error",
		NULL };
	int level = schema_choice(at, words);

	if (level >= 0)
		*(enum log_level *)target = (enum log_level)level;
}

static void
read_log_format(const struct schema_at *at, void *target)
{
	static const char *const words[] = {
		[LOG_LOGFMT] = "logfmt", [LOG_JSON] = "json", NULL
	};
	int format = schema_choice(at, words);

	if (format >= 0)
		*(enum log_format *)target = (enum log_format)format;
}

static const struct schema_key prometheus_keys[] = {
	{ "data_dir", read_directory, NULL, offsetof(struct config, data_dir) },
	{ "config_file", read_config_file, NULL,
	    offsetof(struct config, prometheus_file) },
	{ "url", read_prometheus_url, NULL, 0 },
	{ 0 },
};

static const struct schema_key web_keys[] = {
	{ "listen_address", read_address, NULL,
	    offsetof(struct config, listen_address) },
	{ "enable_lifecycle", schema_bool, NULL,
	    offsetof(struct config, lifecycle) },
	{ "config_file", read_web_file, NULL,
	    offsetof(struct config, web_file) },
	{ 0 },
};

static const struct schema_key log_keys[] = {
	{ "level", read_log_level, NULL, offsetof(struct config, log_level) },
	{ "format", read_log_format, NULL,
	    offsetof(struct config, log_format) },
	{ 0 },
};

static const struct schema_key limits_keys[] = {
	{ "max_series", schema_ceiling, NULL,
	    offsetof(struct config, limits.max_series) },
	{ "memory", schema_size, NULL, offsetof(struct config, limits.memory) },
	{ 0 },
};

/* How often self_metrics are sent; none at all for 0. */
static void
read_self_interval(const struct schema_at *at, void *target)
{
	struct config *config = target;

	config->self_given = true;
	schema_limit(at, &config->self_interval);
	if (config->self_interval > 0 &&
	    config->self_interval < READ_SELF_INTERVAL_MIN)
		schema_fault(at, "must be at least 1s, as 60s, or 0s for none");
}

static const struct schema_key self_metrics_keys[] = {
	{ "interval", read_self_interval, NULL, 0 },
	{ 0 },
};

static const struct schema_key root_keys[] = {
	{ "prometheus", NULL, prometheus_keys, 0 },
	{ "state_dir", read_directory, NULL,
	    offsetof(struct config, state_dir) },
	{ "start", read_start, NULL, offsetof(struct config, start) },
	{ "external_labels", labels_read, NULL, 0 },
	{ "web", NULL, web_keys, 0 },
	{ "self_metrics", NULL, self_metrics_keys, 0 },
	{ "limits", NULL, limits_keys, 0 },
	{ "log", NULL, log_keys, 0 },
	{ "spool", holding_read, NULL, offsetof(struct config, spool) },
	{ "remote_write", remote_read, NULL, 0 },
	{ 0 },
};

/* What cannot be left out. */
static void
require(const struct schema_at *root)
{
	static const char *const hint =
	    "write the directory that holds Prometheus's wal/, "
	    "as /var/lib/prometheus";
	const struct schema_at prometheus = schema_child(root, "prometheus");

	if (prometheus.node->kind == TREE_MAPPING ||
	    prometheus.node->kind == TREE_NULL)
		schema_require(&prometheus, "data_dir", hint);
	schema_require(root, "remote_write", "add an entry with a url");
}

/* Have each entry know how often it is sent self_metrics. */
static void
settle_self_metrics(struct config *config)
{
	struct config_remote *remote;
	size_t i;

	for (i = 0; i < config->remotes_len; i++) {
		remote = &config->remotes[i];
		if (config->self_given)
			remote->self_interval = config->self_interval;
		else if (remote->profile == CONFIG_PROFILE_AZUREMONITOR)
			remote->self_interval = READ_SELF_INTERVAL;
	}
}

void
read_config(const struct tree_node *root, struct config *config,
    struct fault_list *faults)
{
	const struct schema_at at = { .node = root, .faults = faults };

	config->log_level = LOG_INFO;
	config->log_format = LOG_LOGFMT;
	config->spool.max_bytes = HOLDING_MAX_BYTES;
	config->spool.max_age = HOLDING_MAX_AGE;
	config->spool.min_free_percent = HOLDING_MIN_FREE_PERCENT;
	config->state_dir = strdup(READ_STATE_DIR);
	config->listen_address = strdup("127.0.0.1:9795");
	config->web_file = strdup("");
	if (config->state_dir == NULL || config->listen_address == NULL ||
	    config->web_file == NULL)
		faults->nomem = true;
	change_keep_common(root, config, faults);
	if (root->kind != TREE_NULL)
		schema_mapping(&at, root_keys, config);
	if (root->kind == TREE_NULL || root->kind == TREE_MAPPING)
		require(&at);
	holding_settle(&at, config);
	settle_self_metrics(config);
	if (root->kind == TREE_MAPPING && config->prometheus_file == NULL)
		profile_check_labels(&at, config);
}
