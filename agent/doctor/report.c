/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/base/text.h"
#include "agent/doctor/report.h"

#define MARGIN \
	"                      " /* As wide as "fail  connection      ". */

/* Append ${text} in one line. */
static void
put_line(struct buf *out, const char *text)
{
	const char *end;

	while ((end = strchr(text, '\n')) != NULL) {
		buf_put(out, text, (size_t)(end - text));
		buf_putc(out, ' ');
		text = end + 1;
	}
	buf_puts(out, text);
	buf_putc(out, '\n');
}

void
report_line(struct report *report, const char *step, const char *destination,
    const struct finding *finding, struct buf *out)
{
	if (destination != NULL && destination != report->destination) {
		buf_putc(out, '\n');
		put_line(out, destination);
	} else if (destination == NULL && report->destination != NULL) {
		buf_putc(out, '\n');
	}
	report->destination = destination;
	report->steps++;
	report->results[finding->result]++;
	buf_printf(out, "%-4s  %-14s  ", finding_word(finding->result), step);
	put_line(out, finding->found);
	if (finding->mend[0] != '\0') {
		buf_puts(out, MARGIN "do: ");
		put_line(out, finding->mend);
	}
}

/* The worst that was found. */
static enum finding_result
worst(const struct report *report)
{
	if (report->results[FINDING_FAIL] > 0)
		return FINDING_FAIL;
	return report->results[FINDING_WARN] > 0 ? FINDING_WARN : FINDING_OK;
}

void
report_end(const struct report *report, struct buf *out)
{
	buf_printf(out, "\n%zu ok, %zu warn, %zu fail, %zu skipped\n",
	    report->results[FINDING_OK], report->results[FINDING_WARN],
	    report->results[FINDING_FAIL], report->results[FINDING_SKIP]);
}

/* Append ,"${key}":"${text}" */
static void
put_member(struct buf *out, const char *key, const char *text)
{
	buf_printf(out, ",\"%s\":", key);
	text_put_quoted(out, text);
}

void
report_object(struct report *report, const char *step, const char *destination,
    const struct finding *finding, struct buf *out)
{
	buf_puts(out, report->steps == 0 ? "{\"steps\":[" : ",\n");
	report->steps++;
	report->results[finding->result]++;
	buf_printf(out, "{\"step\":\"%s\"", step);
	if (destination != NULL)
		put_member(out, "destination", destination);
	put_member(out, "result", finding_word(finding->result));
	put_member(out, "found", finding->found);
	if (finding->mend[0] != '\0')
		put_member(out, "do", finding->mend);
	buf_putc(out, '}');
}

void
report_end_object(const struct report *report, struct buf *out)
{
	buf_printf(
	    out, "],\n\"result\":\"%s\"}\n", finding_word(worst(report)));
}
