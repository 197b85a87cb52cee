/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/auth/postponed.h"
#include "agent/base/wipe.h"

int
postponed_take(struct postponed *postponed, const struct http_request *request)
{
	size_t len = 0, i;

	*postponed = (struct postponed){ .request = *request };
	if ((postponed->url = strdup(request->url)) == NULL)
		return -1;
	postponed->request.url = postponed->url;
	if (request->headers == NULL)
		return 0;
	while (request->headers[len] != NULL)
		len++;
	if ((postponed->headers =
		    calloc(len + 1, sizeof(*postponed->headers))) == NULL)
		return -1;
	for (i = 0; i < len; i++)
		if ((postponed->headers[i] = strdup(request->headers[i])) ==
		    NULL)
			return -1;
	postponed->request.headers = (const char *const *)postponed->headers;
	return 0;
}

/* What was to be sent may be secret. */
void
postponed_release(struct postponed *postponed)
{
	size_t i;

	wipe_text(postponed->url);
	for (i = 0; postponed->headers != NULL && postponed->headers[i] != NULL;
	     i++)
		wipe_text(postponed->headers[i]);
	free(postponed->headers);
	*postponed = (struct postponed){ 0 };
}
