/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/auth/arc_proxy.h"
#include "agent/base/wipe.h"
#include "agent/config/proxy.h"

#define BYPASS_MAX 4096 /* Bytes of all hosts. */

/* The hosts of a service that can be named, as far as walship has to do. */
static const struct {
	const char *name, *hosts;
} services[] = {
	{ "AAD",
	    "login.microsoftonline.com,login.windows.net,"
	    "login.microsoftonline.us,login.chinacloudapi.cn,"
	    "login.partner.microsoftonline.cn," },
	{ "AMA", "monitor.azure.com,monitor.azure.us,monitor.azure.cn," },
};

static const char *
fail(struct arc_proxy *proxy, const char *what, const char *todo)
{
	file_fault(proxy->error, proxy->path, what, todo);
	return proxy->error;
}

static void
forget(struct arc_proxy *proxy)
{
	wipe_text(proxy->url);
	proxy->url = NULL;
	buf_reset(&proxy->bypass);
	proxy->error[0] = '\0';
}

static void
take_service(struct arc_proxy *proxy, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (strlen(services[i].name) == len &&
		    strncasecmp(services[i].name, name, len) == 0)
			buf_puts(&proxy->bypass, services[i].hosts);
}

/* Take a list of services, or one with commas between. */
static void
take_services(struct arc_proxy *proxy, const json_t *value)
{
	const char *text;
	size_t i, len;

	for (i = 0; i < json_array_size(value); i++)
		if (json_is_string(json_array_get(value, i)))
			take_services(proxy, json_array_get(value, i));
	if ((text = json_string_value(value)) == NULL)
		return;
	for (text += strspn(text, ", "); *text != '\0';
	     text += len + strspn(text + len, ", ")) {
		len = strcspn(text, ", ");
		take_service(proxy, text, len);
	}
}

/* Take the proxy, which may lack a scheme. */
static const char *
take_url(struct arc_proxy *proxy, const char *text)
{
	const char *fault;

	if (text == NULL || *text == '\0')
		return NULL;
	if (asprintf(&proxy->url, "%s%s",
		strstr(text, "://") == NULL ? "http://" : "", text) == -1) {
		proxy->url = NULL;
		return fail(proxy, "no memory", "free some");
	}
	if ((fault = proxy_url_fault(proxy->url)) == NULL)
		return NULL;
	wipe_text(proxy->url);
	proxy->url = NULL;
	return fail(proxy, "proxy.url cannot be used",
	    "correct it by azcmagent config set proxy.url");
}

const char *
arc_proxy_take(struct arc_proxy *proxy, const char *text, size_t len)
{
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	const char *why;

	if (!json_is_object(root)) {
		json_decref(root);
		return fail(proxy, "is not an object of JSON",
		    "write proxy_url in place of proxy_from_arc");
	}
	why = take_url(
	    proxy, json_string_value(json_object_get(root, "proxy.url")));
	take_services(proxy, json_object_get(root, "proxy.bypass"));
	json_decref(root);
	return why != NULL || !proxy->bypass.bad
	    ? why
	    : fail(proxy, "proxy.bypass cannot be kept", "shorten it");
}

static const char *
read_file(struct arc_proxy *proxy, int fd)
{
	char *text = malloc(ARC_PROXY_FILE_MAX);
	const char *why;
	ssize_t len;

	if (text == NULL)
		return fail(proxy, "no memory", "free some");
	len = read(fd, text, ARC_PROXY_FILE_MAX);
	why = len < 0 ? fail(proxy, strerror(errno), "write proxy_url")
		      : arc_proxy_take(proxy, text, (size_t)len);
	explicit_bzero(text, ARC_PROXY_FILE_MAX);
	free(text);
	return why;
}

static const char *
open_file(struct arc_proxy *proxy)
{
	int fd =
	    open(proxy->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *why;
	struct stat st;

	if (fd == -1)
		return errno == ENOENT
		    ? NULL
		    : fail(proxy, strerror(errno),
			  "let walship's user read it (usermod -a -G himds "
			  "may do), or write proxy_url");
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    st.st_size > ARC_PROXY_FILE_MAX)
		why = fail(proxy, "is no file of azcmagent's",
		    "write proxy_url in place of proxy_from_arc");
	else
		why = read_file(proxy, fd);
	(void)close(fd);
	return why;
}

/* Take the stamp of the file; whether it is another. */
static bool
has_changed(struct arc_proxy *proxy)
{
	struct stamp before = proxy->stamp;
	struct stat st;

	memset(&proxy->stamp, 0, sizeof(proxy->stamp));
	if (stat(proxy->path, &st) == 0)
		proxy->stamp = stamp_of(&st);
	return !stamp_same(&proxy->stamp, &before);
}

void
arc_proxy_init(struct arc_proxy *proxy, const char *path)
{
	*proxy = (struct arc_proxy){ .path = path };
	buf_init(&proxy->bypass, BYPASS_MAX);
}

const char *
arc_proxy_look(struct arc_proxy *proxy, uint64_t now)
{
	if (!proxy->looked || now >= proxy->next) {
		/* What is wrong may be mended by another's group alone. */
		if (has_changed(proxy) || !proxy->looked ||
		    proxy->error[0] != '\0') {
			forget(proxy);
			(void)open_file(proxy);
		}
		proxy->looked = true;
		proxy->next = now + ARC_PROXY_LOOK_EVERY;
	}
	return proxy->error[0] != '\0' ? proxy->error : NULL;
}

void
arc_proxy_release(struct arc_proxy *proxy)
{
	forget(proxy);
	buf_release(&proxy->bypass);
}
