/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/base/text.h"

/* What may have to end a line that was cut, and is kept free for it. */
#define LONGEST_END "\",\"cut\":true}\n"

/* The one global: where the process's only log goes. */
static struct {
	int fd;
	enum log_level level;
	enum log_format format;
	bool journal; /* It is the journal's: lines begin with a priority. */
} logger = { STDERR_FILENO, LOG_INFO, LOG_LOGFMT, false };

/* A line in the making. */
struct line {
	struct buf text; /* Over ${memory}; bad once something was cut. */
	bool open;       /* It was cut inside quotes. */
	char memory[LOG_LINE_MAX];
};

/* Whether the log is what systemd says that the journal reads. */
static bool
is_journal(void)
{
	const char *said = getenv("JOURNAL_STREAM");
	char ours[64];
	struct stat st;

	if (said == NULL || fstat(logger.fd, &st) != 0)
		return false;
	(void)snprintf(ours, sizeof(ours), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	return strcmp(ours, said) == 0;
}

void
log_init(enum log_level level, enum log_format format)
{
	logger.journal = is_journal();
	logger.level = level;
	logger.format = format;
}

void
log_to(int fd)
{
	logger.fd = fd;
}

/* Append a field whose value is text from anywhere. */
static void
put_text(struct line *line, const char *key, const char *data, size_t len)
{
	struct buf *out = &line->text;
	size_t start;

	if (logger.format == LOG_JSON) {
		buf_printf(out, ",\"%s\":\"", key);
		if (out->bad)
			return;
		text_put_json(out, data, len);
		buf_putc(out, '"');
		line->open = out->bad;
	} else {
		buf_printf(out, " %s=", key);
		if (out->bad)
			return;
		start = out->len;
		text_put_logfmt(out, data, len);
		line->open =
		    out->bad && out->len > start && out->data[start] == '"';
	}
}

/* Append a field whose value is a number, as formatted by us. */
static void
put_number(struct line *line, const char *key, const char *digits)
{
	if (logger.format == LOG_JSON)
		buf_printf(&line->text, ",\"%s\":%s", key, digits);
	else
		buf_printf(&line->text, " %s=%s", key, digits);
}

static void
put_double(struct line *line, const char *key, double value)
{
	char memory[64];
	struct buf digits;

	buf_over(&digits, memory, sizeof(memory));
	text_put_number(&digits, value);
	if (isfinite(value))
		put_number(line, key, buf_text(&digits));
	else /* JSON has no number for it. */
		put_text(line, key, buf_text(&digits), digits.len);
}

static void
put_field(struct line *line, const struct log_field *field)
{
	const char *text = field->text.data;
	char memory[128];

	switch (field->kind) {
	case LOG_KIND_STR:
		text = text != NULL ? text : "";
		put_text(line, field->key, text, strlen(text));
		break;
	case LOG_KIND_BYTES:
		put_text(line, field->key, text, field->text.len);
		break;
	case LOG_KIND_INT:
		(void)snprintf(memory, sizeof(memory), "%" PRId64, field->i);
		put_number(line, field->key, memory);
		break;
	case LOG_KIND_UINT:
		(void)snprintf(memory, sizeof(memory), "%" PRIu64, field->u);
		put_number(line, field->key, memory);
		break;
	case LOG_KIND_DOUBLE:
		put_double(line, field->key, field->d);
		break;
	case LOG_KIND_ERRNO:
		text = strerror_r((int)field->i, memory, sizeof(memory));
		put_text(line, field->key, text, strlen(text));
		break;
	}
}

/* Begin the line: <6>ts=2026-01-02T03:04:05.678Z level=info */
static void
put_head(struct line *line, enum log_level level)
{
	static const char *const names[] = { "debug", "info", "warn", "error" };
	static const char *const priorities[] = { "<7>", "<6>", "<4>", "<3>" };
	struct timespec now = { 0 };
	struct tm tm = { 0 };
	char date[64];

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)gmtime_r(&now.tv_sec, &tm);
	(void)strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	if (logger.journal)
		buf_puts(&line->text, priorities[level]);
	buf_printf(&line->text,
	    logger.format == LOG_JSON ? "{\"ts\":\"%s.%03ldZ\",\"level\":\"%s\""
				      : "ts=%s.%03ldZ level=%s",
	    date, now.tv_nsec / 1000000, names[level]);
}

/* Close what is open, in the bytes kept free; return the line's length. */
static size_t
put_end(struct line *line)
{
	bool json = logger.format == LOG_JSON;
	char *end = line->memory + line->text.len;

	if (line->open)
		end = stpcpy(end, "\"");
	if (line->text.bad)
		end = stpcpy(end, json ? ",\"cut\":true" : " cut=true");
	end = stpcpy(end, json ? "}\n" : "\n");
	return (size_t)(end - line->memory);
}

static void
write_all(const char *data, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(logger.fd, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		data += n;
		len -= (size_t)n;
	}
}

void
log_write(enum log_level level, const char *msg, const struct log_field *fields)
{
	struct line line;
	int saved = errno;

	if (level < logger.level)
		return;
	line.open = false;
	buf_over(&line.text, line.memory,
	    sizeof(line.memory) - (sizeof(LONGEST_END) - 1));
	put_head(&line, level);
	put_text(&line, "msg", msg, strlen(msg));
	for (; fields->key != NULL && !line.text.bad; fields++)
		put_field(&line, fields);
	write_all(line.memory, put_end(&line));
	errno = saved;
}

bool
log_gate_open(
    struct log_gate *gate, uint64_t now, uint64_t period, uint64_t *ret_hidden)
{
	if (now < gate->next) {
		gate->hidden++;
		return false;
	}
	*ret_hidden = gate->hidden;
	gate->hidden = 0;
	gate->next = now + period;
	return true;
}
