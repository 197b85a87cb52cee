/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/auth.h"
#include "agent/auth/route.h"
#include "agent/base/text.h"
#include "agent/config/url.h"
#include "agent/doctor/wire.h"
#include "agent/http/target.h"

/* What came of asking for a name. */
struct asked {
	char *addresses; /* NULL: none. */
	char error[256];
	bool done;
};

static void
answered(void *arg, const char *addresses, const char *error)
{
	struct asked *asked = arg;

	if (addresses != NULL)
		asked->addresses = strdup(addresses);
	else
		(void)snprintf(asked->error, sizeof(asked->error), "%s", error);
	asked->done = true;
}

/**
 * aim(exam, target, ret_shown):
 * Find where connections go: to the host, or the proxy.  Return what is wrong
 * with that, or NULL.  ${target} is to be released in any case; what is stored
 * in ${ret_shown}, the proxy without secrets or NULL, is to be freed.
 */
static const char *
aim(struct exam *exam, struct target *target, char **ret_shown)
{
	const struct config_remote *remote = exam->remote;
	const struct http_proxy *proxy = NULL;
	const char *fault = "no memory";
	struct route route;
	struct buf shown;

	*target = (struct target){ 0 };
	*ret_shown = NULL;
	if (route_init(&route, &remote->proxy) == 0)
		fault = route_find(
		    &route, remote->url, clock_monotonic(exam->clock), &proxy);
	exam->proxied = proxy != NULL;
	if (fault == NULL)
		fault = proxy != NULL ? target_init_proxy(target, proxy->url)
				      : target_init(target, remote->url);
	if (proxy != NULL) {
		buf_init(&shown, FINDING_TEXT_MAX);
		text_put_shown_url(&shown, proxy->url);
		*ret_shown = strdup(buf_text(&shown));
		buf_release(&shown);
	}
	route_release(&route);
	return fault;
}

/* Ask for the addresses of ${host}. */
static void
ask(struct exam *exam, const char *host, struct finding *finding)
{
	struct asked asked = { 0 };
	struct resolve_query *query =
	    resolver_ask(exam->names, host, answered, &asked);

	if (query != NULL &&
	    !exam_wait(
		exam, &asked.done, exam_until(exam, 2 * RESOLVE_TIMEOUT))) {
		resolve_cancel(query);
		(void)snprintf(asked.error, sizeof(asked.error),
		    "no name server answers in time");
	}
	if (asked.addresses != NULL) {
		(void)snprintf(exam->addresses, sizeof(exam->addresses), "%s",
		    asked.addresses);
		finding_ok(finding, "%s is %s%s", host, asked.addresses,
		    exam->proxied ? " (the proxy)" : "");
	} else {
		finding_fail(finding,
		    exam->proxied
			? "see that the name of the proxy is right, and what "
			  "name servers /etc/resolv.conf has"
			: "see that the host in the url is right, and what "
			  "name servers /etc/resolv.conf has; with a private "
			  "link, that its private DNS zone is linked to this "
			  "network",
		    "%s%s has no address: %s", host,
		    exam->proxied ? ", the proxy," : "",
		    asked.error[0] != '\0' ? asked.error : "no memory");
	}
	free(asked.addresses);
}

void
wire_names(struct exam *exam, struct finding *finding)
{
	struct target target;
	char *shown, host[URL_HOST_MAX + 1];
	const char *fault = aim(exam, &target, &shown);
	uint16_t port;

	if (fault != NULL) {
		finding_split(finding, fault,
		    exam->proxied ? "see proxy_url, or HTTPS_PROXY in the "
				    "environment"
				  : "see the url");
	} else if (!target.numeric) {
		ask(exam, target.host, finding);
	} else {
		if (!exam->proxied &&
		    url_host(exam->remote->url, host, &port) == 0)
			(void)snprintf(exam->addresses, sizeof(exam->addresses),
			    "%s", host);
		finding_ok(finding, "%s is an address, not a name",
		    exam->proxied             ? "the proxy"
			: target.host != NULL ? target.host
					      : exam->addresses);
	}
	target_release(&target);
	free(shown);
}

/* Whether ${text}, an address, is of a network that is not the Internet. */
static bool
is_private(const char *text)
{
	static const struct {
		uint32_t net, mask;
	} nets[] = {
		{ 0x0a000000, 0xff000000 }, /* 10/8 */
		{ 0xac100000, 0xfff00000 }, /* 172.16/12 */
		{ 0xc0a80000, 0xffff0000 }, /* 192.168/16 */
		{ 0x64400000, 0xffc00000 }, /* 100.64/10 */
		{ 0x7f000000, 0xff000000 }, /* 127/8 */
		{ 0xa9fe0000, 0xffff0000 }, /* 169.254/16 */
	};
	struct in6_addr six;
	struct in_addr four;
	size_t i;

	if (inet_pton(AF_INET, text, &four) == 1) {
		for (i = 0; i < sizeof(nets) / sizeof(*nets); i++)
			if ((ntohl(four.s_addr) & nets[i].mask) == nets[i].net)
				return true;
		return false;
	}
	return inet_pton(AF_INET6, text, &six) == 1 &&
	    ((six.s6_addr[0] & 0xfe) == 0xfc || IN6_IS_ADDR_LINKLOCAL(&six) ||
		IN6_IS_ADDR_LOOPBACK(&six));
}

void
wire_address(struct exam *exam, struct finding *finding)
{
	char copy[sizeof(exam->addresses)], *rest = copy, *one;
	size_t private = 0, public = 0, len;

	if (exam->proxied) {
		finding_ok(finding, "the proxy finds the receiver's address");
		return;
	}
	memcpy(copy, exam->addresses, sizeof(copy));
	while ((one = strsep(&rest, ",")) != NULL) {
		if (*one == '[')
			one++;
		if ((len = strlen(one)) > 0 && one[len - 1] == ']')
			one[len - 1] = '\0';
		if (is_private(one))
		private++;
		else public ++;
	}
	if (strcmp(exam->addresses, "127.0.0.1") == 0)
		finding_ok(finding, "this host itself");
	else if (private > 0 && public > 0)
		finding_warn(finding,
		    "see that all name servers know the private address, or "
		    "that none does",
		    "some of its addresses are private, and some public");
	else if (private > 0)
		finding_ok(finding,
		    "private: it is reached by a network of "
		    "its own, as with a private link");
	else
		finding_ok(finding, "public");
}

/* Who names the proxy, if not the configuration. */
static const char *
by_whom(const struct exam *exam)
{
	const struct config_proxy *proxy = &exam->remote->proxy;

	if (proxy->from_arc)
		return ", as Azure Arc's agent says";
	if (!proxy->from_environment)
		return "";
	return exam->entered ? ", as the environment of the service says"
			     : ", as this environment says; that of the unit "
			       "may differ";
}

void
wire_proxy(struct exam *exam, struct finding *finding)
{
	struct target target;
	char *shown;
	const char *fault = aim(exam, &target, &shown);

	if (fault != NULL)
		finding_split(finding, fault, "see proxy_url");
	else if (shown == NULL)
		finding_ok(finding, "none");
	else
		finding_ok(finding, "%s%s", shown, by_whom(exam));
	target_release(&target);
	free(shown);
}

/* What to do if there is no connection, and nothing better is known. */
static const char *
advise(const struct exam *exam, enum http_outcome outcome)
{
	if (exam->proxied)
		return "see that the proxy is there, and lets this host "
		       "through to the receiver";
	switch (outcome) {
	case HTTP_TIMED_OUT:
		return "see that no firewall is between: port 443 must be open "
		       "to the receiver, or a proxy_url be set";
	case HTTP_UNREACHED:
		return "see that the url's host and port are right, and that "
		       "the receiver runs";
	default:
		return "see the receiver's log";
	}
}

void
wire_connection(struct exam *exam, struct finding *finding)
{
	const struct config_remote bare = exam_nobody(exam->remote);
	struct http *http = auth_new(exam->clock, exam->http, NULL, &bare);
	const struct http_request request = {
		.method = HTTP_GET,
		.url = bare.url,
		.timeout = WIRE_TIMEOUT,
	};
	bool secure = strncmp(bare.url, "https:", 6) == 0;
	struct exam_answer answer = { 0 };

	if (http == NULL || !exam_ask(exam, http, &request, &answer)) {
		finding_fail(finding, "free some memory", "out of memory");
	} else if (answer.outcome != HTTP_ANSWERED) {
		finding_split(finding, buf_text(&answer.text),
		    advise(exam, answer.outcome));
	} else if (answer.status == 407) {
		finding_fail(finding,
		    "write the user and password of the proxy in proxy_url",
		    "the proxy wants to know who asks (407)");
	} else {
		finding_ok(finding, "%s",
		    secure ? "connected by TLS, and believed"
			   : "connected, without TLS");
	}
	exam->dated = answer.date != 0;
	exam->ahead = clock_wall(exam->clock) - answer.date;
	buf_release(&answer.text);
	auth_free(http);
}

void
wire_clock(struct exam *exam, struct finding *finding)
{
	static const char mend[] = "set the clock of this host: timedatectl "
				   "set-ntp true, or see chronyc tracking";
	int64_t off = exam->ahead < 0 ? -exam->ahead : exam->ahead;
	const char *way = exam->ahead < 0 ? "behind" : "ahead of";

	if (!exam->dated)
		finding_skip(finding,
		    "the receiver does not say what time "
		    "it is");
	else if (off >= WIRE_SKEW_FAIL)
		finding_fail(finding, mend,
		    "this clock is %" PRId64 " s %s the receiver's: tokens "
		    "are refused, and samples dropped, for it",
		    off / 1000, way);
	else if (off >= WIRE_SKEW_WARN)
		finding_warn(finding, mend,
		    "this clock is %" PRId64 " s %s the receiver's", off / 1000,
		    way);
	else
		finding_ok(finding, "within %" PRId64 " s of the receiver's",
		    off / 1000 + 1);
}
