/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/http/hop.h"
#include "tests/unit/http/posting.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

static const char *const headers[] = { "X-Tunnel: hush", NULL };

/* POST to ${url} by the server as the proxy ${origin}. */
static void
post_by(struct posting *p, const char *origin, const char *url, struct got *got)
{
	char text[256];
	const struct http_proxy proxy = { .url = text, .headers = headers };

	(void)snprintf(text, sizeof(text), "%s:%u", origin,
	    (unsigned)server_port(p->server));
	memset(got, 0, sizeof(*got));
	p->proxy = &proxy;
	posting_begin(p, got, url, 2000);
	p->proxy = NULL;
	posting_await(got);
	assert_null(strstr(got->error, "hush"));
}

static void
http_is_given_to_the_proxy_with_the_name_as_it_is(void **state)
{
	static const struct server_reply ok = { OK, SERVER_KEEP, 0 };
	struct posting *p = *state;
	char text[SERVER_REQUEST_MAX];
	struct got got;

	posting_serve(p, &ok, 1);
	post_by(p, "http://me:hush%40@127.0.0.1", "http://h.test/api", &got);
	posting_expect_status(&got, 200);
	assert_int_equal(names_asked(p->names), 0);
	server_last(p->server, text);
	assert_ptr_equal(
	    strstr(text, "POST http://h.test/api HTTP/1.1\r\n"), text);
	assert_non_null(strstr(text, "\r\nHost: h.test\r\n"));
	assert_non_null(
	    strstr(text, "\r\nProxy-Authorization: Basic bWU6aHVzaEA=\r\n"));
	/* It would pass them on. */
	assert_null(strstr(text, "X-Tunnel"));
}

static void
the_name_of_the_proxy_is_resolved_here(void **state)
{
	static const struct server_reply ok = { OK, SERVER_KEEP, 0 };
	struct posting *p = *state;
	struct got got;

	posting_serve(p, &ok, 1);
	post_by(p, "http://proxy.test", "http://h.test/api", &got);
	posting_expect_status(&got, 200);
	assert_int_equal(names_asked(p->names), 1);
	names_set(p->names, (struct names_answer){ NAMES_NO_SUCH, 0, 0, 0 });
	post_by(p, "http://other.test", "http://h.test/api", &got);
	posting_expect_failure(&got, HTTP_UNRESOLVED);
	assert_non_null(strstr(got.error, "the proxy other.test: "));
}

static void
a_silent_name_server_uses_up_the_timeout_and_no_more(void **state)
{
	struct posting *p = *state;
	const struct http_proxy proxy = { .url = "http://proxy.test:1" };
	struct got got = { 0 };

	names_set(p->names, (struct names_answer){ NAMES_SILENT, 0, 0, 0 });
	p->proxy = &proxy;
	posting_begin(p, &got, "http://127.0.0.1:1/", 100);
	posting_await(&got);
	posting_expect_failure(&got, HTTP_UNRESOLVED);
}

static void
https_asks_the_proxy_for_a_tunnel(void **state)
{
	static const struct server_reply refusals[] = {
		{ "HTTP/1.1 403 No\r\nContent-Length: 4\r\n\r\nhush",
		    SERVER_KEEP, 0 },
		{ "HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic "
		  "realm=\"x\"\r\nContent-Length: 0\r\n\r\n",
		    SERVER_CLOSE, 0 },
		{ NULL, SERVER_CLOSE, 0 },
		{ "SSH-2.0-hush\r\n\r\n", SERVER_CLOSE, 0 },
		{ OK, SERVER_CLOSE, 0 }, /* And then no TLS. */
	};
	struct posting *p = *state;
	char text[SERVER_REQUEST_MAX];
	struct got got;
	size_t i;

	posting_serve(p, refusals, 5);
	for (i = 0; i < 5; i++) {
		post_by(
		    p, "http://me:hush@127.0.0.1", "https://h.test/api", &got);
		posting_expect_failure(&got, HTTP_UNREACHED);
		if (i == 0)
			assert_non_null(
			    strstr(got.error, "the proxy refuses with 403; "));
		if (i == 1)
			assert_non_null(
			    strstr(got.error, "with 407; give it the user"));
	}
	assert_int_equal(names_asked(p->names), 0);
	server_last(p->server, text);
	assert_ptr_equal(strstr(text, "CONNECT h.test:443 HTTP/1.1\r\n"), text);
	assert_non_null(strstr(text, "\r\nX-Tunnel: hush\r\n"));
	assert_non_null(
	    strstr(text, "\r\nProxy-Authorization: Basic bWU6aHVzaA==\r\n"));
	assert_null(strstr(text, "X-One"));
}

static void
a_proxy_that_says_nothing_has_not_got_the_request(void **state)
{
	static const struct server_reply mute = { NULL, SERVER_STALL, 0 };
	struct posting *p = *state;
	struct got got;

	posting_serve(p, &mute, 1);
	post_by(p, "http://127.0.0.1", "https://h.test/api", &got);
	posting_expect_failure(&got, HTTP_UNREACHED);
}

static void
a_proxy_that_says_no_end_of_headers_is_given_up(void **state)
{
	static const struct server_reply flood = {
		"HTTP/1.1 200 OK\r\nX: ", SERVER_FLOOD, 0
	};
	struct posting *p = *state;
	struct got got;

	posting_serve(p, &flood, 1);
	post_by(p, "http://127.0.0.1", "https://h.test/api", &got);
	posting_expect_failure(&got, HTTP_UNREACHED);
}

static void
a_407_is_no_answer_of_the_server(void **state)
{
	static const struct server_reply who = {
		"HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n", SERVER_KEEP, 0
	};
	struct posting *p = *state;
	struct got got;

	posting_serve(p, &who, 1);
	post_by(p, "http://127.0.0.1", "http://h.test/api", &got);
	posting_expect_failure(&got, HTTP_UNREACHED);
	posting_post(p, &got);
	posting_expect_status(&got, 407);
}

static void
the_environment_says_nothing_of_proxies(void **state)
{
	static const struct server_reply ok = { OK, SERVER_KEEP, 0 };
	struct posting *p = *state;
	char text[SERVER_REQUEST_MAX];
	struct got got;

	assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
	assert_int_equal(setenv("all_proxy", "http://127.0.0.1:1", 1), 0);
	posting_serve(p, &ok, 1);
	posting_post(p, &got);
	posting_expect_status(&got, 200);
	assert_int_equal(setenv("no_proxy", "*", 1), 0);
	post_by(p, "http://127.0.0.1", "http://h.test/api", &got);
	posting_expect_status(&got, 200);
	server_last(p->server, text);
	assert_non_null(strstr(text, "POST http://h.test/api"));
	assert_int_equal(unsetenv("http_proxy"), 0);
	assert_int_equal(unsetenv("all_proxy"), 0);
	assert_int_equal(unsetenv("no_proxy"), 0);
}

/* A socket that is listened at, but where nothing is said. */
static int
listen_somewhere(uint16_t *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd != -1);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

static void
a_socks_proxy_is_not_offered_kerberos(void **state)
{
	struct http_proxy proxy = { 0 };
	struct posting *p = *state;
	struct got got = { 0 };
	unsigned char said[64];
	char url[64];
	uint16_t port;
	int fd = listen_somewhere(&port), peer;
	ssize_t n, i;

	(void)snprintf(
	    url, sizeof(url), "socks5://u:hush@127.0.0.1:%u", (unsigned)port);
	proxy.url = url;
	p->proxy = &proxy;
	posting_begin(p, &got, "http://h.test/api", 500);
	posting_await(&got);
	peer = accept(fd, NULL, NULL);
	assert_true(peer != -1);
	n = read(peer, said, sizeof(said));
	assert_true(n > 2 && said[0] == 5 && n == said[1] + 2);
	for (i = 2; i < n; i++)
		assert_int_not_equal(said[i], 1); /* GSSAPI. */
	(void)close(peer);
	(void)close(fd);
}

static void
what_is_no_proxy_fails_from_the_loop(void **state)
{
	static const char *const urls[] = { "", "hush", "socks4://hush",
		"http://u:hush@h:99999", "ftp://hush" };
	static const char *const broken[] = { "A: hush\r\nB: c", NULL };
	struct posting *p = *state;
	struct http_proxy proxy = { 0 };
	struct got got;
	size_t i;

	p->proxy = &proxy;
	for (i = 0; i <= sizeof(urls) / sizeof(urls[0]); i++) {
		proxy.url = i < sizeof(urls) / sizeof(urls[0])
		    ? urls[i]
		    : "http://127.0.0.1:1";
		proxy.headers = broken;
		memset(&got, 0, sizeof(got));
		posting_begin(p, &got, "http://127.0.0.1:1/", 1000);
		posting_await(&got);
		posting_expect_failure(&got, HTTP_FAILED);
		assert_null(strstr(got.error, "hush"));
	}
	p->proxy = NULL;
}

/* What libcurl is told of the proxy ${url}. */
static void
check(const char *url, const char *told, const char *user, bool tls)
{
	const struct http_proxy proxy = { .url = url };
	struct hop hop;

	assert_null(hop_init(&hop, &proxy));
	assert_int_equal(strncmp(hop.url, told, strlen(told)), 0);
	assert_string_equal(hop.user == NULL ? "" : hop.user, user);
	assert_int_equal(hop.tls, tls);
	hop_release(&hop);
	hop_release(&hop);
}

static void
libcurl_is_told_the_port_and_no_user(void **state)
{
	(void)state;
	check("http://u%40:p@proxy", "http://proxy:80", "u@", false);
	check("https://proxy/x", "https://proxy:443", "", true);
	check("socks5://proxy", "socks5h://proxy:1080", "", false);
	check("SOCKS5H://u@[::1]:9", "socks5h://[::1]:9", "u", false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define POSTING(name_) \
	cmocka_unit_test_setup_teardown(name_, posting_setup, posting_teardown)
		POSTING(http_is_given_to_the_proxy_with_the_name_as_it_is),
		POSTING(the_name_of_the_proxy_is_resolved_here),
		POSTING(a_silent_name_server_uses_up_the_timeout_and_no_more),
		POSTING(https_asks_the_proxy_for_a_tunnel),
		POSTING(a_proxy_that_says_nothing_has_not_got_the_request),
		POSTING(a_proxy_that_says_no_end_of_headers_is_given_up),
		POSTING(a_407_is_no_answer_of_the_server),
		POSTING(the_environment_says_nothing_of_proxies),
		POSTING(a_socks_proxy_is_not_offered_kerberos),
		POSTING(what_is_no_proxy_fails_from_the_loop),
		cmocka_unit_test(libcurl_is_told_the_port_and_no_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
