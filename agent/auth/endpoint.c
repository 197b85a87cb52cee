/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "agent/auth/endpoint.h"
#include "agent/config/url.h"

#define TOKEN_PATH "/metadata/identity/oauth2/token"
#define IMDS "http://169.254.169.254"
#define ARC "http://127.0.0.1:40342"

const struct endpoint_paths endpoint_paths = {
	.himds = "/opt/azcmagent/bin/himds",
	.conf = "/lib/systemd/system.conf.d/azcmagent.conf",
	.tokens = "/var/opt/azcmagent/tokens",
};

/* A variable of the environment; NULL if it is empty, too. */
static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : NULL;
}

bool
endpoint_is_near(const char *url)
{
	struct in6_addr six;
	struct in_addr four;
	const char *host;
	char name[64];
	size_t len;

	if (strncasecmp(url, "http://", 7) != 0 || url_has_user(url))
		return false;
	host = url + 7;
	len = strcspn(host, *host == '[' ? "]" : ":/?");
	if (len >= sizeof(name))
		return false;
	(void)snprintf(name, sizeof(name), "%.*s", (int)len, host);
	if (strcasecmp(name, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, name, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127 ||
		    ntohl(four.s_addr) >> 16 == (169 << 8 | 254);
	return *name == '[' && inet_pton(AF_INET6, name + 1, &six) == 1 &&
	    (IN6_IS_ADDR_LOOPBACK(&six) || IN6_IS_ADDR_LINKLOCAL(&six));
}

/* Take ${base} and ${path} as the URL, if tokens may be asked for there. */
static int
take_url(struct endpoint *endpoint, const char *from, const char *base,
    const char *path, char *error)
{
	size_t len = strlen(base);
	char *url = endpoint->url;

	if (*path == '/' && len > 0 && base[len - 1] == '/')
		len--;
	(void)snprintf(url, ENDPOINT_URL_MAX, "%.*s%s", (int)len, base, path);
	if (len + strlen(path) >= ENDPOINT_URL_MAX || url_fault(url) != NULL ||
	    url_has_user(url) || strchr(url, '?') != NULL) {
		(void)snprintf(error, TOKEN_ERROR_MAX,
		    "%s is not a URL that tokens can be asked of; write one "
		    "as " IMDS ", without user and query",
		    from);
		return -1;
	}
	if (strncasecmp(url, "https://", 8) == 0 || endpoint_is_near(url))
		return 0;
	(void)snprintf(error, TOKEN_ERROR_MAX,
	    "%s is at another machine: nobody is asked for tokens there "
	    "without TLS; write an address of this machine, or https",
	    from);
	return -1;
}

/*
 * The value of ${name} in the line DefaultEnvironment="NAME=VALUE" ... of
 * ${text}, ended there; NULL if it has none.
 */
static char *
find_setting(char *text, const char *name)
{
	size_t len = strlen(name);
	char *at = text, *end;

	while ((at = strstr(at, name)) != NULL) {
		if (at != text && strchr("\"' =\t", at[-1]) != NULL &&
		    at[len] == '=') {
			at += len + 1;
			end = at + strcspn(at, "\"' \t\r\n");
			*end = '\0';
			return end > at ? at : NULL;
		}
		at += len;
	}
	return NULL;
}

/* Read the file that Azure Arc's agent has systemd read; NULL if none. */
static char *
read_conf(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *text = NULL;
	ssize_t n;

	if (fd == -1)
		return NULL;
	if ((text = calloc(1, ENDPOINT_CONF_MAX + 1)) != NULL &&
	    (n = read(fd, text, ENDPOINT_CONF_MAX)) <= 0) {
		free(text);
		text = NULL;
	}
	(void)close(fd);
	return text;
}

/* The agent is asked at this machine, by an address rather than a name. */
static int
take_arc(struct endpoint *endpoint, const char *from, const char *base,
    const char *path, char *error)
{
	static const char *const named = "http://localhost";
	size_t len = strlen(named);
	char text[ENDPOINT_URL_MAX];

	if (strncasecmp(base, named, len) == 0 &&
	    (base[len] == ':' || base[len] == '/' || base[len] == '\0')) {
		(void)snprintf(
		    text, sizeof(text), "http://127.0.0.1%s", base + len);
		base = text;
	}
	if (take_url(endpoint, from, base, path, error) != 0)
		return -1;
	if (strncmp(endpoint->url, "http://127.", 11) == 0 ||
	    strncmp(endpoint->url, "http://[::1]", 12) == 0)
		return 0;
	(void)snprintf(error, TOKEN_ERROR_MAX,
	    "%s is not at this machine, as Azure Arc's agent is; write " ARC
		TOKEN_PATH,
	    from);
	return -1;
}

static int
find_arc(
    const struct endpoint_paths *paths, struct endpoint *endpoint, char *error)
{
	const char *token = variable("IDENTITY_ENDPOINT");
	const char *base = variable("IMDS_ENDPOINT");
	char *conf = NULL;
	int result;

	endpoint->kind = AZUREAD_ARC;
	if (token != NULL)
		return take_arc(
		    endpoint, "IDENTITY_ENDPOINT", token, "", error);
	if (base != NULL)
		return take_arc(
		    endpoint, "IMDS_ENDPOINT", base, TOKEN_PATH, error);
	if ((conf = read_conf(paths->conf)) != NULL)
		token = find_setting(conf, "IDENTITY_ENDPOINT");
	if (token != NULL)
		result = take_arc(endpoint, paths->conf, token, "", error);
	else
		result = take_arc(endpoint, ARC, ARC, TOKEN_PATH, error);
	free(conf);
	return result;
}

static int
find_appservice(struct endpoint *endpoint, char *error)
{
	const char *url = variable("IDENTITY_ENDPOINT");

	endpoint->kind = AZUREAD_APPSERVICE;
	endpoint->header = variable("IDENTITY_HEADER");
	if (url != NULL && endpoint->header != NULL)
		return take_url(endpoint, "IDENTITY_ENDPOINT", url, "", error);
	(void)snprintf(error, TOKEN_ERROR_MAX,
	    "IDENTITY_ENDPOINT and IDENTITY_HEADER are not both in the "
	    "environment, as they are where App Service runs programs; write "
	    "another source, or auto");
	return -1;
}

static int
find_imds(struct endpoint *endpoint, char *error)
{
	static const char *const name = "AZURE_POD_IDENTITY_AUTHORITY_HOST";
	const char *base = variable(name);

	endpoint->kind = AZUREAD_IMDS;
	return base != NULL ? take_url(endpoint, name, base, TOKEN_PATH, error)
			    : take_url(endpoint, IMDS, IMDS, TOKEN_PATH, error);
}

int
endpoint_find(enum azuread_source source, const struct endpoint_paths *paths,
    struct endpoint *ret, char *error)
{
	bool here = variable("IDENTITY_ENDPOINT") != NULL;

	*ret = (struct endpoint){ 0 };
	if (source == AZUREAD_AUTO) {
		source = AZUREAD_IMDS;
		if (here && variable("IDENTITY_HEADER") != NULL)
			source = AZUREAD_APPSERVICE;
		else if ((here && variable("IMDS_ENDPOINT") != NULL) ||
		    access(paths->himds, F_OK) == 0 ||
		    access(paths->conf, F_OK) == 0)
			source = AZUREAD_ARC;
	}
	if (source == AZUREAD_APPSERVICE)
		return find_appservice(ret, error);
	return source == AZUREAD_ARC ? find_arc(paths, ret, error)
				     : find_imds(ret, error);
}

const char *
endpoint_name(enum azuread_source kind)
{
	static const char *const names[] = {
		[AZUREAD_AUTO] = "",
		[AZUREAD_IMDS] = "IMDS",
		[AZUREAD_ARC] = "Azure Arc's agent",
		[AZUREAD_APPSERVICE] = "App Service",
	};

	return names[kind];
}
