/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/base/log.h - one line an event, on standard error.
 *
 *   ts=2026-01-02T03:04:05.678Z level=warn msg="receiver refused a batch"
 *   remote=azure status=400
 *
 * (on one line), or the same as a JSON object; after its priority, as "<4>", if
 * systemd's journal reads it.  Every value passes the
 * escaper of its format: control bytes, invalid UTF-8 and terminal escapes
 * from outside never reach the terminal raw, and a line is cut at
 * LOG_LINE_MAX bytes.  Used from one thread.  Nothing secret is passed here.
 */
#ifndef AGENT_BASE_LOG_H
#define AGENT_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/clock.h"

#define LOG_LINE_MAX 4096u /* Bytes, the newline included. */

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_LOGFMT, LOG_JSON };

/* A key and its value.  Made by the LOG_* macros below, never by hand. */
struct log_field {
	const char *key; /* NULL ends the list. */
	enum {
		LOG_KIND_STR,
		LOG_KIND_BYTES,
		LOG_KIND_INT,
		LOG_KIND_UINT,
		LOG_KIND_DOUBLE,
		LOG_KIND_ERRNO
	} kind;
	union {
		struct {
			const char *data;
			size_t len;
		} text;
		int64_t i;
		uint64_t u;
		double d;
	};
};

#define LOG_STR(key_, value_) \
	{ \
		.key = (key_), .kind = LOG_KIND_STR, .text.data = (value_) \
	}
#define LOG_BYTES(key_, data_, len_) \
	{ \
		.key = (key_), .kind = LOG_KIND_BYTES, .text = { \
			.data = (data_), \
			.len = (len_) \
		} \
	}
#define LOG_INT(key_, value_) \
	{ \
		.key = (key_), .kind = LOG_KIND_INT, .i = (value_) \
	}
#define LOG_UINT(key_, value_) \
	{ \
		.key = (key_), .kind = LOG_KIND_UINT, .u = (value_) \
	}
#define LOG_NUM(key_, value_) \
	{ \
		.key = (key_), .kind = LOG_KIND_DOUBLE, .d = (value_) \
	}
/* The text of errno value ${value_}, as err="..." */
#define LOG_ERRNO(value_) \
	{ \
		.key = "err", .kind = LOG_KIND_ERRNO, .i = (value_) \
	}

/* Lines below ${level} are not written.  Before this: info, logfmt. */
void log_init(enum log_level level, enum log_format format);

/* Write to ${fd} instead of standard error; for tests. */
void log_to(int fd);

/* Write a line.  Errors of writing are ignored: there is no one to tell. */
void log_write(
    enum log_level level, const char *msg, const struct log_field *fields);

/* log_info("msg", LOG_STR("key", value), ...) and so on. */
#define log_at(level_, msg_, ...) \
	log_write(level_, msg_, \
	    (const struct log_field[]){ __VA_ARGS__ __VA_OPT__(, ){ 0 } })
#define log_debug(...) log_at(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) log_at(LOG_INFO, __VA_ARGS__)
#define log_warn(...) log_at(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_at(LOG_ERROR, __VA_ARGS__)

/*
 * A gate for a line that could be written without end: it opens at once, and
 * again every ${period}; zeroed is ready for use.
 */
struct log_gate {
	uint64_t next;   /* Monotonic microseconds; shut before. */
	uint64_t hidden; /* Times it was found shut since it was open. */
};

/**
 * log_gate_open(gate, now, period, ret_hidden):
 * Whether the line may be written at ${now}, both in monotonic microseconds.
 * If so, store in ${ret_hidden} how many were not since the last.
 */
bool log_gate_open(
    struct log_gate *gate, uint64_t now, uint64_t period, uint64_t *ret_hidden);

#endif /* AGENT_BASE_LOG_H */
