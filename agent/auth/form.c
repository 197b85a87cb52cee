/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/auth/form.h"
#include "agent/base/text.h"

void
form_put(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "%s%s=", out->len > 0 ? "&" : "", name);
	text_put_query(out, value);
}
