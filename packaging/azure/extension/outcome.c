/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>

#include "packaging/azure/extension/outcome.h"

int
outcome_fail(struct outcome *outcome, int code, const char *format, ...)
{
	va_list args;

	outcome->code = code;
	va_start(args, format);
	(void)vsnprintf(
	    outcome->message, sizeof(outcome->message), format, args);
	va_end(args);
	return -1;
}
