/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/config.h - what walship.yml says, checked.
 *
 * The remote_write list has Prometheus's schema and defaults.  Every fault of
 * a file is reported, each with line and column, not the first alone.  A key
 * that is known but that this version cannot do is a fault of its own kind:
 * nobody shall believe in a setting that has no effect.
 */
#ifndef AGENT_CONFIG_CONFIG_H
#define AGENT_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/buf.h"
#include "agent/base/log.h"
#include "agent/base/regex.h"
#include "agent/base/stamp.h"

#define CONFIG_FILE_MAX (1u << 20) /* Bytes of a configuration file. */
#define CONFIG_FAULTS_MAX 100u     /* Lines of faults; then their number. */
#define CONFIG_REMOTES_MAX 64u     /* Entries of remote_write, and urls. */
#define CONFIG_LABELS_MAX 64u      /* External labels. */
#define CONFIG_HEADERS_MAX 64u     /* Headers of an entry of remote_write. */
#define CONFIG_HOLD_MAX 16u        /* Statuses in hold_on_status. */
#define CONFIG_RULES_MAX 512u      /* Relabelling rules of an entry. */

/* See agent/config/labels.h. */
struct config_label {
	char *name;
	char *value;
	char *pattern; /* What value is to be made of with facts; or NULL. */
	bool varies;   /* It was made of what each host has for itself. */
};

/* Where to begin in a WAL of which nothing is known yet. */
struct config_start {
	enum {
		CONFIG_START_NOW,    /* At the end of the WAL. */
		CONFIG_START_OLDEST, /* With everything there is. */
		CONFIG_START_AGO,    /* With samples younger than ago. */
		CONFIG_START_TIME,   /* With samples from time on. */
	} kind;
	int64_t ago;  /* Milliseconds, above 0. */
	int64_t time; /* Milliseconds since 1970. */
};

/* How segments are held that are still to be shipped. */
struct config_spool {
	enum config_spool_mode {
		CONFIG_SPOOL_AUTO, /* The best that works. */
		CONFIG_SPOOL_LINK, /* By hard links in dir. */
		CONFIG_SPOOL_FD,   /* By open descriptors. */
		CONFIG_SPOOL_OFF,  /* Not at all. */
	} mode;
	char *dir;
	uint64_t max_bytes;        /* Pinned at most; 0: any. */
	uint64_t max_age;          /* Microseconds; 0: any. */
	uint64_t min_free;         /* Bytes of the filesystem left alone, or */
	uint32_t min_free_percent; /* of all it has; one of the two, or none. */
};

/* Prometheus's queue_config; times in microseconds, each above 0. */
struct config_queue {
	uint32_t max_shards; /* At least 1: requests in flight at most. */
	uint32_t max_samples_per_send; /* At least 1. */
	bool max_samples_given;        /* False: the default. */
	uint64_t batch_send_deadline;
	uint64_t min_backoff;
	uint64_t max_backoff; /* At least min_backoff. */
	bool retry_on_http_429;
	uint64_t sample_age_limit; /* 0: none. */
};

/* Statuses at which samples are held until a person mends something. */
struct config_hold {
	uint16_t statuses[CONFIG_HOLD_MAX];
	size_t len;
	bool given; /* False: the default, of those who authenticate. */
};

/* Prometheus's metadata_config. */
struct config_metadata {
	bool send;
	uint64_t send_interval;        /* Microseconds, above 0. */
	uint32_t max_samples_per_send; /* Metrics; at least 1. */
};

/* An HTTP header to send. */
struct config_header {
	char *name;
	char *value;
};

/* A text: as given, or read from a file when it is used; or neither. */
struct config_secret {
	char *text;
	char *file;
};

/* What the Authorization header holds. */
struct config_auth {
	enum {
		CONFIG_AUTH_NONE,   /* There is no such header. */
		CONFIG_AUTH_BASIC,  /* A user and the secret as password. */
		CONFIG_AUTH_HEADER, /* A type and the secret. */
	} kind;
	char *type;
	struct config_secret user;
	struct config_secret secret;
};

/* A header whose value may be secret. */
struct config_extra {
	char *name;
	struct config_secret value;
};

/* With what requests are signed for AWS; NULL: as the environment says. */
struct config_sigv4 {
	char *region;
	char *access_key, *secret_key; /* Both, or neither. */
};

enum config_tls_version {
	CONFIG_TLS_DEFAULT, /* From TLS 1.2 on. */
	CONFIG_TLS10,
	CONFIG_TLS11,
	CONFIG_TLS12,
	CONFIG_TLS13,
};

/* Of TLS; certificates and keys as PEM. */
struct config_tls {
	struct config_secret ca;   /* Believed; neither: the system's. */
	struct config_secret cert; /* Ours, and ... */
	struct config_secret key;  /* ... its key. */
	char *server_name; /* In the receiver's certificate; NULL: the host. */
	bool insecure_skip_verify;
	enum config_tls_version min_version, max_version;
};

/* By which proxy requests go. */
struct config_proxy {
	char *url;      /* As written: may hold secrets.  NULL: none. */
	char *no_proxy; /* Hosts that need none, with commas; NULL: none. */
	bool from_environment;         /* As HTTPS_PROXY and others say. */
	bool from_arc;                 /* As Azure Arc's agent is told. */
	struct config_header *headers; /* For it, when it is to tunnel. */
	size_t headers_len;
};

/* What a rule of write_relabel_configs does; see agent/series/relabel.h. */
enum config_action {
	CONFIG_REPLACE,
	CONFIG_KEEP,
	CONFIG_DROP,
	CONFIG_KEEPEQUAL,
	CONFIG_DROPEQUAL,
	CONFIG_HASHMOD,
	CONFIG_LABELMAP,
	CONFIG_LABELDROP,
	CONFIG_LABELKEEP,
	CONFIG_LOWERCASE,
	CONFIG_UPPERCASE,
};

/* One rule of write_relabel_configs. */
struct config_rule {
	enum config_action action;
	char **sources; /* Labels whose values are joined. */
	size_t sources_len;
	char *separator;
	char *target;      /* A label; may hold groups, as ${1}. */
	char *replacement; /* May hold groups too. */
	struct regex *regex;
	uint64_t modulus; /* Above 0 for CONFIG_HASHMOD. */
};

/* Whose defaults an entry has; see agent/config/profile.h. */
enum config_profile {
	CONFIG_PROFILE_NONE, /* Prometheus's. */
	CONFIG_PROFILE_AZUREMONITOR,
};

/* What becomes of a series beyond a workspace's limits on labels. */
enum config_label_limits {
	CONFIG_LABELS_SEND,
	CONFIG_LABELS_DROP,
	CONFIG_LABELS_TRUNCATE, /* It is sent with what fits. */
};

/* One entry of remote_write, or one member of its urls. */
struct config_remote {
	char *url;       /* As written: may hold secrets.  For libcurl. */
	char *shown_url; /* Without userinfo, query values masked. */
	char *name;      /* As given, or made from the URL; unique.  What saved
		       positions are found by, too. */
	uint64_t remote_timeout; /* Microseconds, above 0. */
	struct config_header *headers;
	size_t headers_len;
	struct config_extra *extras; /* http_headers, one for each value. */
	size_t extras_len;
	struct config_sigv4 *sigv4;   /* NULL: nothing is signed. */
	struct config_oauth2 *oauth2; /* NULL: see agent/config/oauth2.h. */
	struct config_auth auth;
	struct config_azuread *azuread; /* See azuread.h; NULL: none. */
	struct config_tls tls;
	struct config_proxy proxy;
	struct config_rule *rules; /* Applied in this order. */
	size_t rules_len;
	uint32_t share_index; /* Of urls: whose number this is, from 0, ... */
	uint32_t share_count; /* ... of so many; 1 if there is but one. */
	uint32_t share_list;  /* Tells lists of urls apart, by scheme, host and
				 path of each, in every life; 0 if there is but
				 one. */
	struct config_queue queue;
	struct config_metadata metadata;
	bool send_exemplars;
	bool send_native_histograms;
	bool follow_redirects;
	bool round_robin_dns;
	bool enable_http2;   /* Over TLS, if the receiver speaks it. */
	bool bisect_refused; /* on_refused. */
	struct config_hold hold;
	uint64_t max_lag;            /* Microseconds; 0: off. */
	uint64_t future_limit;       /* Likewise. */
	uint32_t max_bytes_per_send; /* Compressed; 0: any. */
	uint32_t samples_per_minute; /* 0: any. */
	uint32_t catch_up;      /* A backlog's rate, in live rates; 0: any. */
	uint64_t self_interval; /* Of self_metrics, microseconds; 0: off. */
	bool spread;            /* Many hosts send there: not all at a time. */
	uint32_t label_limits;  /* Of enum config_label_limits. */
	enum config_profile profile;
	size_t line;         /* Where the entry begins, from 1. */
	struct config *home; /* That it is an entry of. */

	/* For agent/config/change.h; may hold secrets. */
	char *text;        /* All that the file says of it. */
	char *token_text;  /* What of it is about its tokens. */
	char *series_text; /* What of it is about its series. */
};

/* How much is kept in memory; beyond, new series are dropped. */
struct config_limits {
	uint32_t max_series; /* 0: any number. */
	uint64_t memory;     /* Bytes; 0: any. */
};

struct config {
	char *data_dir;                /* prometheus.data_dir, without wal/. */
	char *prometheus_file;         /* prometheus.config_file, or NULL. */
	struct stamp prometheus_stamp; /* That, before it was read. */
	char *prometheus_url;       /* As written, or NULL: may hold secrets. */
	char *prometheus_shown_url; /* As that of an entry; NULL as well. */
	char *state_dir;
	struct config_start start;
	struct config_spool spool;
	struct config_label *external_labels; /* Sorted by name. */
	size_t external_labels_len;
	char *listen_address; /* ADDRESS:PORT, :PORT for any; "" for none. */
	char *web_file;       /* web.config_file; "" for none. */
	bool lifecycle; /* web.enable_lifecycle: it reloads by HTTP too. */
	struct config_limits limits;
	uint64_t self_interval; /* Of self_metrics, if given: microseconds, */
	bool self_given;        /* or 0 for none at all. */
	enum log_level log_level;
	enum log_format log_format;
	struct config_remote *remotes; /* At least one. */
	size_t remotes_len;
	char **warnings; /* What to say of it, as faults are said; each. */
	size_t warnings_len;
	char *source; /* What it was read from: may hold secrets. */

	/* For agent/config/change.h; may hold secrets. */
	char *common_text;     /* What the file says for all remotes. */
	char *prometheus_text; /* And there, under prometheus; */
	char *spool_text;      /* and what it says under spool. */
	unsigned int shares;   /* Holders besides the first. */
};

/**
 * config_load(path, faults):
 * Read ${path}.  Return the configuration, or NULL with at least one line in
 * ${faults}: "PATH:LINE:COLUMN: what is wrong, and what to write instead", or
 * "PATH: why it cannot be read".
 */
struct config *config_load(const char *path, struct buf *faults);

/**
 * config_parse(path, text, len, faults):
 * The same of the ${len} bytes at ${text}, with ${path} for the messages.
 */
struct config *config_parse(
    const char *path, const char *text, size_t len, struct buf *faults);

/* Add a warning to ${config}; -1 if there is no memory. */
int config_warn(struct config *config, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether requests of ${remote} carry credentials of some kind. */
bool config_authenticates(const struct config_remote *remote);

/**
 * config_forget_access(config):
 * Wipe who the requests of ${config}, of which nothing is shared yet, are from,
 * what they go by, and whom else it would ask.
 */
void config_forget_access(struct config *config);

/**
 * config_state_dir(path, faults):
 * The state directory that ${path} names, whatever else is wrong with it; to
 * be freed.  NULL, with a line in ${faults}, if it cannot be read as YAML.
 */
char *config_state_dir(const char *path, struct buf *faults);

/* ${config}, for one more holder, who is to call config_free as well. */
struct config *config_share(struct config *config);

/* Free ${config} if this is its last holder.  Do nothing to NULL. */
void config_free(struct config *config);

#endif /* AGENT_CONFIG_CONFIG_H */
