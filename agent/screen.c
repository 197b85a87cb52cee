/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <string.h>

#include "agent/base/human.h"
#include "agent/base/text.h"
#include "agent/screen.h"
#include "agent/terminal.h"

#define LABEL 13u /* Columns of what a line is about. */
#define LINE_MAX 8192u

/* The reason of what write_relabel_configs drop. */
#define BY_RULE "dropped_series"

/* A screen in the making. */
struct screen {
	unsigned int width;
	bool color;
	struct buf *out;
	struct buf line; /* What is written next, harmless already. */
};

static const char *
string(json_t *of, const char *key)
{
	const char *value = json_string_value(json_object_get(of, key));

	return value != NULL ? value : "";
}

static double
number(json_t *of, const char *key)
{
	return json_number_value(json_object_get(of, key));
}

/* The columns of the ${len} bytes at ${text}. */
static unsigned int
columns(const char *text, size_t len)
{
	unsigned int count = 0;

	for (; len > 0; len--, text++)
		count += ((uint8_t)*text & 0xc0) != 0x80;
	return count;
}

/* How much of ${text} fits ${room} columns, cut between words if it can be. */
static size_t
fitting(const char *text, unsigned int room)
{
	size_t i, word = 0, whole = 0;

	if (columns(text, strlen(text)) <= room)
		return strlen(text);
	for (i = 0; text[i] != '\0'; i++) {
		if (((uint8_t)text[i] & 0xc0) == 0x80)
			continue;
		if (columns(text, i) > room)
			break;
		whole = i;
		if (text[i] == ' ')
			word = i;
	}
	return word > 0 ? word : whole;
}

/* Write the line, what it is about in front, wrapped; then it is empty. */
static void
end_line(struct screen *screen, const char *label)
{
	const char *text = buf_text(&screen->line);
	unsigned int room = screen->width - LABEL;
	size_t len;

	do {
		len = fitting(text, room);
		buf_printf(screen->out, "%-*s%.*s\n", (int)LABEL, label,
		    (int)len, text);
		label = "";
		text += len;
		text += strspn(text, " ");
	} while (*text != '\0');
	buf_reset(&screen->line);
}

/* A number and what it is of, after what there is of the line. */
static void
put_rate(struct screen *screen, const char *what, double value)
{
	buf_printf(
	    &screen->line, "%s%s ", screen->line.len > 0 ? ", " : "", what);
	human_put_count(&screen->line, value);
	buf_puts(&screen->line, "/s");
}

static void
put_position(struct screen *screen, json_t *position)
{
	buf_printf(&screen->line, "%08.0f:%.0f", number(position, "segment"),
	    number(position, "offset"));
}

/* A word of a level, in its colour. */
static void
put_level(struct screen *screen, const char *level)
{
	const char *color = strcmp(level, "trouble") == 0 ? "31"
	    : strcmp(level, "attention") == 0             ? "33"
							  : "32";

	if (screen->color)
		buf_printf(screen->out, "\033[1;%sm", color);
	terminal_put(screen->out, level);
	if (screen->color)
		buf_puts(screen->out, "\033[0m");
}

/* How much is waiting, and how fast it goes. */
static void
put_flow(struct screen *screen, json_t *of)
{
	json_t *pending = json_object_get(of, "pending");
	double waiting = number(pending, "samples") +
	    number(pending, "exemplars") + number(pending, "histograms");

	buf_puts(&screen->line, "lag ");
	human_put_time(&screen->line, number(of, "lag_seconds"));
	put_rate(screen, "in", number(of, "samples_in_per_second"));
	put_rate(screen, "out", number(of, "samples_out_per_second"));
	buf_puts(&screen->line, ", waiting ");
	human_put_count(&screen->line, waiting);
	buf_printf(&screen->line, ", %.0f of %.0f requests in flight",
	    number(of, "requests_in_flight"), number(of, "requests_allowed"));
	end_line(screen, "  flow");
}

/* Where it is in the log, and how far that is from the end. */
static void
put_log_place(struct screen *screen, json_t *of)
{
	json_t *catch_up = json_object_get(of, "catch_up");

	buf_puts(&screen->line, "delivered up to ");
	put_position(screen, json_object_get(of, "acknowledged"));
	buf_puts(&screen->line, ", ");
	human_put_size(&screen->line, number(of, "behind_bytes"));
	buf_puts(&screen->line, " before the end of the log");
	if (json_is_object(catch_up))
		buf_printf(&screen->line, "; %.0f %% of the backlog is done",
		    100 * number(catch_up, "progress"));
	end_line(screen, "  log");
}

/* The token, if there is to be one. */
static void
put_token(struct screen *screen, json_t *token)
{
	if (!json_is_object(token))
		return;
	terminal_put(&screen->line, string(token, "identity"));
	if (*string(token, "expires") != '\0') {
		buf_puts(&screen->line, ", valid until ");
		terminal_put(&screen->line, string(token, "expires"));
	} else {
		buf_puts(&screen->line, ", there is none");
	}
	if (*string(token, "error") != '\0') {
		buf_puts(&screen->line, "; the last could not be had: ");
		terminal_put(&screen->line, string(token, "error"));
	}
	end_line(screen, "  token");
}

/* Add the reasons in ${counts}, with how many entries there are of each. */
static void
put_reasons(struct screen *screen, json_t *counts)
{
	const char *reason;
	json_t *count;

	json_object_foreach(counts, reason, count)
	{
		buf_puts(&screen->line, screen->line.len > 0 ? ", " : "");
		terminal_put(&screen->line, reason);
		buf_puts(&screen->line, " ");
		human_put_count(&screen->line, json_number_value(count));
		if (strcmp(reason, BY_RULE) == 0)
			buf_puts(&screen->line, " (as configured)");
	}
}

/* What was not delivered, if there is any. */
static void
put_lost(struct screen *screen, json_t *lost)
{
	put_reasons(screen, json_object_get(lost, "dropped"));
	if (screen->line.len > 0)
		end_line(screen, "  dropped");
	put_reasons(screen, json_object_get(lost, "given_up"));
	if (screen->line.len > 0)
		end_line(screen, "  given up");
	if (number(lost, "gap_segments") > 0 ||
	    number(lost, "damaged_places") > 0) {
		buf_printf(&screen->line,
		    "segments deleted unread: %.0f, damaged places: %.0f",
		    number(lost, "gap_segments"),
		    number(lost, "damaged_places"));
		end_line(screen, "  log lacks");
	}
}

/* What went wrong last, if anything did. */
static void
put_error(struct screen *screen, json_t *error)
{
	if (!json_is_object(error))
		return;
	terminal_put(&screen->line, string(error, "time"));
	buf_puts(&screen->line,
	    json_is_true(json_object_get(error, "over")) ? " (over): " : ": ");
	terminal_put(&screen->line, string(error, "message"));
	if (json_is_integer(json_object_get(error, "status")))
		buf_printf(
		    &screen->line, " (status %.0f)", number(error, "status"));
	if (*string(error, "said") != '\0') {
		buf_puts(&screen->line, ": ");
		terminal_put(&screen->line, string(error, "said"));
	}
	end_line(screen, "  last error");
}

static void
put_profile(struct screen *screen, json_t *profile)
{
	json_t *word;
	size_t i;

	if (!json_is_object(profile))
		return;
	terminal_put(&screen->line, string(profile, "name"));
	json_array_foreach(json_object_get(profile, "defaults"), i, word)
	{
		buf_putc(&screen->line, ' ');
		terminal_put(&screen->line,
		    json_is_string(word) ? json_string_value(word) : "");
	}
	end_line(screen, "  profile");
}

static void
put_destination(struct screen *screen, json_t *of)
{
	buf_putc(screen->out, '\n');
	put_level(screen, string(of, "level"));
	buf_puts(screen->out, "  ");
	terminal_put(screen->out, string(of, "name"));
	buf_putc(screen->out, '\n');
	terminal_put(&screen->line, string(of, "sentence"));
	end_line(screen, "");
	/* A name that was made of the URL says enough. */
	if (strncmp(string(of, "url"), string(of, "name"),
		strlen(string(of, "name"))) != 0) {
		terminal_put(&screen->line, string(of, "url"));
		end_line(screen, "  url");
	}
	put_flow(screen, of);
	put_log_place(screen, of);
	put_token(screen, json_object_get(of, "token"));
	put_profile(screen, json_object_get(of, "profile"));
	put_lost(screen, json_object_get(of, "lost"));
	put_error(screen, json_object_get(of, "last_error"));
}

/* What is about all destinations. */
static void
put_agent(struct screen *screen, json_t *status)
{
	json_t *wal = json_object_get(status, "wal");
	json_t *config = json_object_get(status, "config"), *warning;
	json_t *spool = json_object_get(status, "spool");
	size_t i;

	put_level(screen, string(status, "level"));
	buf_puts(screen->out, "  walship ");
	terminal_put(screen->out, string(status, "version"));
	buf_puts(screen->out, ", running since ");
	terminal_put(screen->out, string(status, "started"));
	buf_putc(screen->out, '\n');
	terminal_put(&screen->line, string(wal, "directory"));
	if (json_is_object(json_object_get(wal, "head"))) {
		buf_puts(&screen->line, " up to ");
		put_position(screen, json_object_get(wal, "head"));
	}
	end_line(screen, "  log");
	terminal_put(&screen->line, string(spool, "mode"));
	buf_printf(
	    &screen->line, ", segments: %.0f, ", number(spool, "segments"));
	human_put_size(&screen->line, number(spool, "pinned_bytes"));
	buf_puts(&screen->line, " pinned");
	end_line(screen, "  held");
	if (json_is_false(json_object_get(config, "last_reload_successful"))) {
		buf_puts(&screen->line,
		    "the last reload failed, and what was before is in force: "
		    "run walship check-config, mend it, and reload");
		end_line(screen, "  config");
	}
	json_array_foreach(json_object_get(config, "warnings"), i, warning)
	{
		terminal_put(&screen->line,
		    json_is_string(warning) ? json_string_value(warning) : "");
		end_line(screen, "  note");
	}
}

void
screen_put(json_t *status, unsigned int width, bool color, struct buf *out)
{
	struct screen screen = {
		.width = width < SCREEN_WIDTH_MIN ? SCREEN_WIDTH_MIN : width,
		.color = color,
		.out = out,
	};
	json_t *of;
	size_t i;

	buf_init(&screen.line, LINE_MAX);
	put_agent(&screen, status);
	json_array_foreach(json_object_get(status, "destinations"), i, of)
	    put_destination(&screen, of);
	buf_release(&screen.line);
}

bool
screen_in_trouble(json_t *status)
{
	return strcmp(string(status, "level"), "trouble") == 0;
}
