/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agent/doctor/finding.h"

__attribute__((format(printf, 4, 0))) static void
set(struct finding *finding, enum finding_result result, const char *mend,
    const char *format, va_list args)
{
	finding->result = result;
	(void)vsnprintf(finding->found, FINDING_TEXT_MAX, format, args);
	(void)snprintf(finding->mend, FINDING_TEXT_MAX, "%s", mend);
}

void
finding_ok(struct finding *finding, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set(finding, FINDING_OK, "", format, args);
	va_end(args);
}

void
finding_skip(struct finding *finding, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set(finding, FINDING_SKIP, "", format, args);
	va_end(args);
}

void
finding_warn(struct finding *finding, const char *mend, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set(finding, FINDING_WARN, mend, format, args);
	va_end(args);
}

void
finding_fail(struct finding *finding, const char *mend, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set(finding, FINDING_FAIL, mend, format, args);
	va_end(args);
}

void
finding_mend(struct finding *finding, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(finding->mend, FINDING_TEXT_MAX, format, args);
	va_end(args);
}

void
finding_split(struct finding *finding, const char *text, const char *mend)
{
	const char *at = text, *cut = NULL;

	while ((at = strstr(at, "; ")) != NULL) {
		cut = at;
		at += 2;
	}
	if (cut == NULL)
		finding_fail(finding, mend, "%s", text);
	else
		finding_fail(finding, cut + 2, "%.*s", (int)(cut - text), text);
}

const char *
finding_word(enum finding_result result)
{
	static const char *const words[] = {
		[FINDING_OK] = "ok",
		[FINDING_WARN] = "warn",
		[FINDING_FAIL] = "fail",
		[FINDING_SKIP] = "skip",
	};

	return words[result];
}
