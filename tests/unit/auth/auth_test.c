/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/auth/auth.h"
#include "tests/unit/http/sim.h"

static char url_text[] = "https://h/w";
#define URL url_text

/* An entry, what sends as it, and the network behind that. */
struct fixture {
	struct sim *sim;
	struct config_remote remote;
	struct http *http;

	/* The last request that came through. */
	enum http_method method;
	size_t answer_max;
	char headers[512];
	struct http_tls tls;
	char proxy[256]; /* Its URL, and then its headers; "" for none. */
	bool spread;
	const void *streams;
	int status; /* To be answered. */

	/* The last answer. */
	unsigned int calls;
	enum http_outcome outcome;
	int got;
	char error[512];
};

static struct sim_answer
receive(void *arg, uint64_t number, const struct http_request *request)
{
	const char *const *header;
	struct fixture *f = arg;

	(void)number;
	f->method = request->method;
	f->answer_max = request->answer_max;
	f->headers[0] = '\0';
	for (header = request->headers; header != NULL && *header != NULL;
	     header++) {
		strcat(f->headers, *header);
		strcat(f->headers, "\n");
	}
	assert_non_null(request->tls);
	f->tls = *request->tls;
	f->spread = request->spread;
	f->streams = request->streams;
	f->proxy[0] = '\0';
	if (request->proxy != NULL) {
		strcat(f->proxy, request->proxy->url);
		for (header = request->proxy->headers; *header != NULL;
		     header++)
			strcat(strcat(f->proxy, " "), *header);
	}
	return (struct sim_answer){ .latency = CLOCK_MSEC,
		.outcome = HTTP_ANSWERED,
		.status = f->status };
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->sim = sim_new(
	    &(struct sim_receiver){ .begin = receive, .end = NULL, .arg = f });
	assert_non_null(f->sim);
	f->remote.url = url_text;
	f->status = 200;
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	auth_free(f->http);
	sim_free(f->sim);
	free(f);
	return 0;
}

static void
answered(void *arg, const struct http_response *response)
{
	struct fixture *f = arg;

	f->calls++;
	f->outcome = response->outcome;
	f->got = response->status;
	(void)snprintf(f->error, sizeof(f->error), "%s", response->error);
}

/* POST to ${url}; return the call. */
static struct http_call *
begin(struct fixture *f, const char *url)
{
	static const char *const headers[] = { "X: 1", NULL };
	struct http_request request = {
		.url = url, .headers = headers, .timeout = CLOCK_SEC
	};

	if (f->http == NULL)
		f->http = auth_new(
		    sim_clock(f->sim), sim_http(f->sim), NULL, &f->remote);
	assert_non_null(f->http);
	return http_post(f->http, &request, answered, f);
}

/* The same, to the end. */
static void
post(struct fixture *f, const char *url)
{
	unsigned int before = f->calls;

	assert_non_null(begin(f, url));
	assert_int_equal(f->calls, before);
	/* In less time than files are left alone for. */
	(void)sim_run(f->sim, 10 * CLOCK_MSEC);
	assert_int_equal(f->calls, before + 1);
}

static void
without_credentials_a_request_passes_as_it_is(void **state)
{
	struct fixture *f = *state;

	post(f, URL);
	assert_int_equal(f->got, 200);
	assert_string_equal(f->headers, "X: 1\n");
	assert_null(f->tls.ca_file);
	assert_false(f->tls.insecure);
	/* And to wherever it is sent. */
	post(f, "https://other/w");
	assert_int_equal(f->got, 200);
}

static void
a_type_and_its_secret_are_a_header(void **state)
{
	struct fixture *f = *state;

	f->remote.auth.kind = CONFIG_AUTH_HEADER;
	f->remote.auth.type = (char[]){ "Bearer" };
	f->remote.auth.secret.text = (char[]){ "abc" };
	post(f, URL);
	assert_int_equal(f->method, HTTP_POST);
	assert_string_equal(f->headers, "X: 1\nAuthorization: Bearer abc\n");
}

static void
what_is_got_has_the_header_too(void **state)
{
	struct http_request request = {
		.url = URL, .timeout = CLOCK_SEC, .answer_max = 7
	};
	struct fixture *f = *state;

	post(f, URL);
	assert_non_null(http_get(f->http, &request, answered, f));
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->method, HTTP_GET);
	assert_int_equal(f->answer_max, 7);
	assert_string_equal(f->headers, "");
	f->remote.auth.kind = CONFIG_AUTH_HEADER;
	f->remote.auth.type = (char[]){ "Bearer" };
	f->remote.auth.secret.text = (char[]){ "abc" };
	assert_non_null(http_get(f->http, &request, answered, f));
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->method, HTTP_GET);
	assert_int_equal(f->answer_max, 7);
	assert_string_equal(f->headers, "Authorization: Bearer abc\n");
	assert_int_equal(f->calls, 3);
}

static void
a_user_and_a_password_are_a_header(void **state)
{
	struct fixture *f = *state;

	f->remote.auth.kind = CONFIG_AUTH_BASIC;
	f->remote.auth.user.text = (char[]){ "Aladdin" };
	f->remote.auth.secret.text = (char[]){ "open sesame" };
	post(f, URL);
	assert_string_equal(f->headers,
	    "X: 1\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\n");
	f->remote.auth.secret.text = NULL;
	post(f, URL);
	assert_string_equal(
	    f->headers, "X: 1\nAuthorization: Basic QWxhZGRpbjo=\n");
}

static void
another_host_gets_no_request_with_credentials(void **state)
{
	static const char *const others[] = { "https://other/w", "http://h/w",
		"https://h:444/w", "https://h.x/w", "https://u@other/w",
		"https://h@other/w", "ftp://h/w", "" };
	struct fixture *f = *state;
	size_t i;

	f->remote.auth.kind = CONFIG_AUTH_HEADER;
	f->remote.auth.type = (char[]){ "Bearer" };
	f->remote.auth.secret.text = (char[]){ "abc" };
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		post(f, others[i]);
		assert_int_equal(f->outcome, HTTP_FAILED);
		assert_non_null(strstr(f->error, "not sent to another host"));
	}
	assert_int_equal(sim_requests(f->sim), 0);
	post(f, "HTTPS://H:443/elsewhere?x");
	assert_int_equal(f->got, 200);
}

static void
nor_if_they_are_a_certificate(void **state)
{
	struct fixture *f = *state;

	f->remote.tls.cert.file = (char[]){ "/c" };
	f->remote.tls.key.file = (char[]){ "/k" };
	post(f, "https://other/w");
	assert_int_equal(f->outcome, HTTP_FAILED);
	post(f, URL);
	assert_string_equal(f->tls.cert_file, "/c");
	assert_string_equal(f->tls.key_file, "/k");
}

static void
the_options_of_tls_go_with_each_request(void **state)
{
	struct fixture *f = *state;

	f->remote.tls = (struct config_tls){
		.ca.text = (char[]){ "PEM" },
		.server_name = (char[]){ "n" },
		.insecure_skip_verify = true,
		.min_version = CONFIG_TLS11,
		.max_version = CONFIG_TLS13,
	};
	post(f, URL);
	assert_non_null(strstr(f->tls.ca_file, "/proc/self/fd/"));
	assert_string_equal(f->tls.server_name, "n");
	assert_true(f->tls.insecure);
	assert_int_equal(f->tls.min_version, HTTP_TLS11);
	assert_int_equal(f->tls.max_version, HTTP_TLS13);
}

static void
a_name_for_tls_is_that_of_the_entrys_host(void **state)
{
	struct fixture *f = *state;

	f->remote.tls.server_name = (char[]){ "n.example" };
	post(f, URL);
	assert_string_equal(f->tls.server_name, "n.example");
	post(f, "https://h:443/elsewhere");
	assert_string_equal(f->tls.server_name, "n.example");
	post(f, "https://other/w");
	assert_int_equal(f->got, 200);
	assert_null(f->tls.server_name);
}

static void
a_request_goes_by_the_proxy_of_the_entry(void **state)
{
	struct config_header header = { (char[]){ "A" }, (char[]){ "b" } };
	struct fixture *f = *state;

	f->remote.proxy.url = (char[]){ "http://p:1" };
	f->remote.proxy.no_proxy = (char[]){ "other" };
	f->remote.proxy.headers = &header;
	f->remote.proxy.headers_len = 1;
	post(f, URL);
	assert_string_equal(f->proxy, "http://p:1 A: b");
	assert_false(f->spread);
	f->remote.round_robin_dns = true;
	post(f, "https://other/w");
	assert_string_equal(f->proxy, "");
	assert_true(f->spread);
}

static void
entries_share_no_streams(void **state)
{
	struct fixture *f = *state;
	const void *streams;

	post(f, URL);
	assert_null(f->streams);
	f->remote.enable_http2 = true;
	post(f, URL);
	assert_non_null(streams = f->streams);
	post(f, URL);
	assert_ptr_equal(f->streams, streams);
}

static void
headers_of_the_entry_are_added_and_signed(void **state)
{
	struct config_extra extra = { (char[]){ "E" },
		{ .text = (char[]){ "f" } } };
	struct config_sigv4 sigv4 = { (char[]){ "r" }, (char[]){ "a" },
		(char[]){ "s" } };
	struct fixture *f = *state;

	f->remote.extras = &extra;
	f->remote.extras_len = 1;
	post(f, URL);
	assert_string_equal(f->headers, "X: 1\nE: f\n");
	auth_free(f->http);
	f->http = NULL;
	f->remote.sigv4 = &sigv4;
	post(f, URL);
	assert_non_null(strstr(f->headers, "X: 1\nE: f\nX-Amz-Date: "));
	assert_non_null(strstr(
	    f->headers, "SignedHeaders=e;host;x;x-amz-date, Signature="));
	post(f, "https://other/w");
	assert_int_equal(f->outcome, HTTP_FAILED);
}

static void
without_its_file_a_request_fails_without_being_made(void **state)
{
	struct fixture *f = *state;

	f->remote.auth.kind = CONFIG_AUTH_HEADER;
	f->remote.auth.type = (char[]){ "Bearer" };
	f->remote.auth.secret.file = (char[]){ "/nowhere/secret" };
	post(f, URL);
	assert_int_equal(f->outcome, HTTP_FAILED);
	assert_int_equal(f->got, 0);
	assert_non_null(strstr(f->error, "/nowhere/secret: No such file"));
	assert_int_equal(sim_requests(f->sim), 0);
}

static void
after_a_401_or_403_files_are_read_anew(void **state)
{
	char path[] = "/tmp/walship-auth-XXXXXX";
	struct fixture *f = *state;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "old", 3), 3);
	f->remote.auth.kind = CONFIG_AUTH_HEADER;
	f->remote.auth.type = (char[]){ "Bearer" };
	f->remote.auth.secret.file = path;
	f->status = 401;
	post(f, URL);
	assert_string_equal(f->headers, "X: 1\nAuthorization: Bearer old\n");
	assert_int_equal(pwrite(fd, "new", 3, 0), 3);
	f->status = 403;
	post(f, URL);
	assert_int_equal(f->got, 403);
	assert_string_equal(f->headers, "X: 1\nAuthorization: Bearer new\n");
	(void)close(fd);
	(void)unlink(path);
}

static void
a_call_that_is_cancelled_is_not_heard_of(void **state)
{
	struct fixture *f = *state;

	http_cancel(begin(f, URL));
	f->remote.tls.cert.file = (char[]){ "/c" };
	http_cancel(begin(f, "https://other/w"));
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->calls, 0);
	assert_int_equal(sim_flying(f->sim), 0);
}

static void
without_memory_there_is_no_call(void **state)
{
	struct fixture *f = *state;

	sim_starve(f->sim, 1);
	assert_null(begin(f, URL));
	post(f, URL);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(without_credentials_a_request_passes_as_it_is),
		TEST(a_type_and_its_secret_are_a_header),
		TEST(what_is_got_has_the_header_too),
		TEST(a_user_and_a_password_are_a_header),
		TEST(another_host_gets_no_request_with_credentials),
		TEST(nor_if_they_are_a_certificate),
		TEST(the_options_of_tls_go_with_each_request),
		TEST(a_name_for_tls_is_that_of_the_entrys_host),
		TEST(a_request_goes_by_the_proxy_of_the_entry),
		TEST(entries_share_no_streams),
		TEST(headers_of_the_entry_are_added_and_signed),
		TEST(without_its_file_a_request_fails_without_being_made),
		TEST(after_a_401_or_403_files_are_read_anew),
		TEST(a_call_that_is_cancelled_is_not_heard_of),
		TEST(without_memory_there_is_no_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
