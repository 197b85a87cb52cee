/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "agent/base/clock.h"
#include "agent/base/human.h"
#include "agent/base/text.h"
#include "agent/config/azuread.h"
#include "agent/config/oauth2.h"
#include "agent/config/rules.h"
#include "agent/config/shown.h"

/* A key, and where its value is in the struct. */
struct field {
	const char *key;
	size_t offset;
	enum { TEXT, SWITCH, COUNT, ABOVE_ZERO, USEC, BYTES } kind;
};

#define FIELD(struct_, key_, field_, kind_) \
	{ \
		(key_), offsetof(struct struct_, field_), (kind_) \
	}

static const struct field of_remote[] = {
	FIELD(config_remote, "url", shown_url, TEXT),
	FIELD(config_remote, "name", name, TEXT),
	FIELD(config_remote, "remote_timeout", remote_timeout, USEC),
	FIELD(config_remote, "send_exemplars", send_exemplars, SWITCH),
	FIELD(config_remote, "send_native_histograms", send_native_histograms,
	    SWITCH),
	FIELD(config_remote, "follow_redirects", follow_redirects, SWITCH),
	FIELD(config_remote, "round_robin_dns", round_robin_dns, SWITCH),
	FIELD(config_remote, "max_lag", max_lag, USEC),
	FIELD(config_remote, "future_limit", future_limit, USEC),
	FIELD(config_remote, "max_bytes_per_send", max_bytes_per_send,
	    ABOVE_ZERO),
	FIELD(config_remote, "spread", spread, SWITCH),
};

static const struct field of_queue[] = {
	FIELD(config_queue, "max_shards", max_shards, COUNT),
	FIELD(
	    config_queue, "max_samples_per_send", max_samples_per_send, COUNT),
	FIELD(config_queue, "batch_send_deadline", batch_send_deadline, USEC),
	FIELD(config_queue, "min_backoff", min_backoff, USEC),
	FIELD(config_queue, "max_backoff", max_backoff, USEC),
	FIELD(config_queue, "retry_on_http_429", retry_on_http_429, SWITCH),
	FIELD(config_queue, "sample_age_limit", sample_age_limit, USEC),
};

static const struct field of_metadata[] = {
	FIELD(config_metadata, "send", send, SWITCH),
	FIELD(config_metadata, "send_interval", send_interval, USEC),
	FIELD(config_metadata, "max_samples_per_send", max_samples_per_send,
	    COUNT),
};

static const struct field of_rate[] = {
	FIELD(config_remote, "samples_per_minute", samples_per_minute,
	    ABOVE_ZERO),
	FIELD(config_remote, "catch_up", catch_up, COUNT),
};

static const struct field of_spool[] = {
	FIELD(config_spool, "dir", dir, TEXT),
	FIELD(config_spool, "max_bytes", max_bytes, BYTES),
	FIELD(config_spool, "max_age", max_age, USEC),
};

static const struct field of_limits[] = {
	FIELD(config_limits, "max_series", max_series, COUNT),
	FIELD(config_limits, "memory", memory, BYTES),
};

static const struct field of_azuread[] = {
	FIELD(config_azuread, "client_id", client_id, TEXT),
	FIELD(config_azuread, "tenant_id", tenant_id, TEXT),
	FIELD(config_azuread, "object_id", object_id, TEXT),
	FIELD(config_azuread, "resource_id", resource_id, TEXT),
	FIELD(config_azuread, "certificate_path", certificate_path, TEXT),
	FIELD(config_azuread, "token_file_path", token_file_path, TEXT),
};

static const struct field of_oauth2[] = {
	FIELD(config_oauth2, "client_id", client_id, TEXT),
	FIELD(config_oauth2, "token_url", shown_url, TEXT),
	FIELD(config_oauth2, "scopes", scopes, TEXT),
};

#define LEN(table) (sizeof(table) / sizeof((table)[0]))

/* Append ${usec} as Prometheus writes durations: 1m30s. */
static void
put_duration(struct buf *out, uint64_t usec)
{
	static const struct {
		uint64_t usec;
		const char *name;
	} units[] = {
		{ 86400 * CLOCK_SEC, "d" },
		{ 3600 * CLOCK_SEC, "h" },
		{ 60 * CLOCK_SEC, "m" },
		{ CLOCK_SEC, "s" },
		{ CLOCK_MSEC, "ms" },
	};
	size_t i;

	if (usec == 0)
		buf_putc(out, '0');
	for (i = 0; i < LEN(units); i++) {
		if (usec >= units[i].usec)
			buf_printf(out, "%" PRIu64 "%s", usec / units[i].usec,
			    units[i].name);
		usec %= units[i].usec;
	}
}

static void
put_bytes(struct buf *out, uint64_t bytes)
{
	buf_printf(out, "%" PRIu64 "%s", bytes, bytes > 0 ? "B" : "");
}

static void
put_value(struct buf *out, const struct field *field, const void *at)
{
	switch (field->kind) {
	case TEXT:
		text_put_quoted(out, *(char *const *)at);
		break;
	case SWITCH:
		buf_puts(out, *(const bool *)at ? "true" : "false");
		break;
	case COUNT:
	case ABOVE_ZERO:
		buf_printf(out, "%" PRIu32, *(const uint32_t *)at);
		break;
	case USEC:
		put_duration(out, *(const uint64_t *)at);
		break;
	case BYTES:
		put_bytes(out, *(const uint64_t *)at);
		break;
	}
}

/* Whether the value ${at} has something to show. */
static bool
is_given(const struct field *field, const void *at)
{
	if (field->kind == TEXT)
		return *(char *const *)at != NULL;
	return field->kind != ABOVE_ZERO || *(const uint32_t *)at != 0;
}

/* Append a line for each that is given, ${indent} in front. */
static void
put_fields(struct buf *out, const char *indent, const struct field *fields,
    size_t len, const void *target)
{
	const void *at;
	size_t i;

	for (i = 0; i < len; i++) {
		at = (const char *)target + fields[i].offset;
		if (!is_given(&fields[i], at))
			continue;
		buf_printf(out, "%s%s: ", indent, fields[i].key);
		put_value(out, &fields[i], at);
		buf_putc(out, '\n');
	}
}

/* A rule of relabelling, on a line. */
static void
put_rule(struct buf *out, const struct config_rule *rule)
{
	size_t i;

	buf_printf(out, "      - {action: %s", rules_action(rule->action));
	for (i = 0; i < rule->sources_len; i++) {
		buf_puts(out, i > 0 ? ", " : ", source_labels: [");
		text_put_quoted(out, rule->sources[i]);
	}
	if (rule->sources_len > 0) {
		buf_puts(out, "], separator: ");
		text_put_quoted(out, rule->separator);
	}
	if (rule->regex != NULL) {
		buf_puts(out, ", regex: ");
		text_put_quoted(out, regex_pattern(rule->regex));
	}
	if (rule->modulus > 0)
		buf_printf(out, ", modulus: %" PRIu64, rule->modulus);
	if (rule->target != NULL && *rule->target != '\0') {
		buf_puts(out, ", target_label: ");
		text_put_quoted(out, rule->target);
	}
	if (rule->replacement != NULL) {
		buf_puts(out, ", replacement: ");
		text_put_quoted(out, rule->replacement);
	}
	buf_puts(out, "}\n");
}

/* Who is believed, and as whom it is sent. */
static void
put_identity(struct buf *out, const struct config_remote *remote)
{
	if (remote->auth.kind == CONFIG_AUTH_BASIC)
		buf_puts(out, "    basic_auth: " SHOWN_SECRET "\n");
	if (remote->auth.kind == CONFIG_AUTH_HEADER)
		buf_puts(out, "    authorization: " SHOWN_SECRET "\n");
	if (remote->sigv4 != NULL)
		buf_puts(out, "    sigv4: " SHOWN_SECRET "\n");
	if (remote->azuread != NULL) {
		buf_puts(out, "    azuread:\n");
		put_fields(out, "      ", of_azuread, LEN(of_azuread),
		    remote->azuread);
	}
	if (remote->oauth2 != NULL) {
		buf_puts(out, "    oauth2:\n");
		put_fields(
		    out, "      ", of_oauth2, LEN(of_oauth2), remote->oauth2);
	}
	if (remote->tls.insecure_skip_verify)
		buf_puts(
		    out, "    tls_config:\n      insecure_skip_verify: true\n");
}

/* What requests carry beside, and by which way they go. */
static void
put_requests(struct buf *out, const struct config_remote *remote)
{
	struct buf proxy;
	size_t i;

	if (remote->headers_len + remote->extras_len > 0)
		buf_puts(out, "    headers:\n");
	for (i = 0; i < remote->headers_len + remote->extras_len; i++) {
		buf_puts(out, "      ");
		text_put_quoted(out,
		    i < remote->headers_len
			? remote->headers[i].name
			: remote->extras[i - remote->headers_len].name);
		buf_puts(out, ": " SHOWN_SECRET "\n");
	}
	if (remote->proxy.url != NULL) {
		buf_init(&proxy, CONFIG_FILE_MAX);
		text_put_shown_url(&proxy, remote->proxy.url);
		buf_puts(out, "    proxy_url: ");
		text_put_quoted(out, buf_text(&proxy));
		buf_putc(out, '\n');
		buf_release(&proxy);
	}
	if (remote->proxy.from_environment)
		buf_puts(out, "    proxy_from_environment: true\n");
}

static void
put_remote(struct buf *out, const struct config_remote *remote)
{
	static const char *const limits[] = { [CONFIG_LABELS_SEND] = "send",
		[CONFIG_LABELS_DROP] = "drop",
		[CONFIG_LABELS_TRUNCATE] = "truncate" };
	size_t i;

	buf_printf(out, "  - profile: %s\n",
	    remote->profile == CONFIG_PROFILE_AZUREMONITOR ? "azuremonitor"
							   : "prometheus");
	put_fields(out, "    ", of_remote, LEN(of_remote), remote);
	put_identity(out, remote);
	put_requests(out, remote);
	buf_puts(out, "    queue_config:\n");
	put_fields(out, "      ", of_queue, LEN(of_queue), &remote->queue);
	buf_puts(out, "    metadata_config:\n");
	put_fields(
	    out, "      ", of_metadata, LEN(of_metadata), &remote->metadata);
	buf_puts(out, "    rate_limit:\n");
	put_fields(out, "      ", of_rate, LEN(of_rate), remote);
	buf_printf(out, "    on_refused: %s\n    label_limits: %s\n",
	    remote->bisect_refused ? "bisect" : "drop",
	    limits[remote->label_limits]);
	buf_puts(out, "    hold_on_status: [");
	for (i = 0; i < remote->hold.len; i++)
		buf_printf(
		    out, "%s%u", i > 0 ? ", " : "", remote->hold.statuses[i]);
	buf_puts(out, "]\n");
	if (remote->rules_len > 0)
		buf_puts(out, "    write_relabel_configs:\n");
	for (i = 0; i < remote->rules_len; i++)
		put_rule(out, &remote->rules[i]);
}

static void
put_start(struct buf *out, const struct config_start *start)
{
	buf_puts(out, "start: ");
	switch (start->kind) {
	case CONFIG_START_NOW:
		buf_puts(out, "now");
		break;
	case CONFIG_START_OLDEST:
		buf_puts(out, "oldest");
		break;
	case CONFIG_START_AGO:
		put_duration(out, (uint64_t)start->ago * CLOCK_MSEC);
		break;
	case CONFIG_START_TIME:
		human_put_date(out, start->time);
		break;
	}
	buf_putc(out, '\n');
}

static void
put_spool(struct buf *out, const struct config_spool *spool)
{
	static const char *const modes[] = { [CONFIG_SPOOL_AUTO] = "auto",
		[CONFIG_SPOOL_LINK] = "link",
		[CONFIG_SPOOL_FD] = "fd",
		[CONFIG_SPOOL_OFF] = "off" };

	buf_printf(out, "spool:\n  mode: %s\n", modes[spool->mode]);
	put_fields(out, "  ", of_spool, LEN(of_spool), spool);
	buf_puts(out, "  min_free: ");
	if (spool->min_free_percent > 0)
		buf_printf(out, "%" PRIu32 "%%", spool->min_free_percent);
	else
		put_bytes(out, spool->min_free);
	buf_putc(out, '\n');
}

/* A key and its text, on a line; nothing if that is NULL. */
static void
put_line(struct buf *out, const char *key, const char *text)
{
	if (text == NULL)
		return;
	buf_printf(out, "%s: ", key);
	text_put_quoted(out, text);
	buf_putc(out, '\n');
}

void
shown_put(const struct config *config, struct buf *out)
{
	static const char *const levels[] = { [LOG_DEBUG] = "debug",
		[LOG_INFO] = "info",
		[LOG_WARN] = "warn",
		[LOG_ERROR] = "error" };
	static const char *const formats[] = {
		[LOG_LOGFMT] = "logfmt", [LOG_JSON] = "json"
	};
	size_t i;

	buf_puts(out, "prometheus:\n");
	put_line(out, "  data_dir", config->data_dir);
	put_line(out, "  config_file", config->prometheus_file);
	put_line(out, "  url", config->prometheus_shown_url);
	put_line(out, "state_dir", config->state_dir);
	put_start(out, &config->start);
	put_spool(out, &config->spool);
	buf_puts(out, "external_labels:");
	buf_puts(out, config->external_labels_len > 0 ? "\n" : " {}\n");
	for (i = 0; i < config->external_labels_len; i++) {
		buf_puts(out, "  ");
		text_put_quoted(out, config->external_labels[i].name);
		buf_puts(out, ": ");
		text_put_quoted(out, config->external_labels[i].value);
		buf_putc(out, '\n');
	}
	buf_puts(out, "web:\n");
	put_line(out, "  listen_address", config->listen_address);
	if (config->web_file != NULL && *config->web_file != '\0')
		put_line(out, "  config_file", config->web_file);
	buf_printf(out, "  enable_lifecycle: %s\n",
	    config->lifecycle ? "true" : "false");
	if (config->self_given) {
		buf_puts(out, "self_metrics:\n  interval: ");
		put_duration(out, config->self_interval);
		buf_putc(out, '\n');
	}
	buf_puts(out, "limits:\n");
	put_fields(out, "  ", of_limits, LEN(of_limits), &config->limits);
	buf_printf(out, "log:\n  level: %s\n  format: %s\n",
	    levels[config->log_level], formats[config->log_format]);
	buf_puts(out, "remote_write:\n");
	for (i = 0; i < config->remotes_len; i++)
		put_remote(out, &config->remotes[i]);
}
