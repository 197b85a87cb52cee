/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/http/tls.h"

/*
 * What libcurl and a server make of the options is for tests/e2e; here is
 * what they are told of a host with another name.
 */
static void
check(const char *text, const char *host, const char *connect)
{
	const struct http_tls options = { .server_name = "n.example" };
	CURL *easy = curl_easy_init();
	struct tls tls = { 0 };
	CURLU *url = curl_url();
	char *renamed = NULL;

	assert_true(easy != NULL && url != NULL);
	assert_int_equal(curl_url_set(url, CURLUPART_URL, text, 0), CURLUE_OK);
	assert_int_equal(tls_apply(&tls, easy, url, &options), CURLE_OK);
	assert_string_equal(tls.host, host);
	assert_string_equal(tls.connect->data, connect);
	assert_int_equal(
	    curl_url_get(tls.url, CURLUPART_URL, &renamed, 0), CURLUE_OK);
	assert_non_null(strstr(renamed, "https://n.example"));
	assert_non_null(strstr(renamed, "/w?a=b"));
	curl_free(renamed);
	curl_easy_cleanup(easy);
	tls_release(&tls);
	tls_release(&tls);
	curl_url_cleanup(url);
}

static void
a_name_of_its_own_changes_neither_host_nor_connection(void **state)
{
	(void)state;
	check("https://h:1443/w?a=b", "Host: h:1443", "::h:1443");
	check("https://h/w?a=b", "Host: h", "::h:443");
	check("https://[::1]:2/w?a=b", "Host: [::1]:2", "::[::1]:2");
}

static void
a_name_of_its_own_is_nothing_without_tls(void **state)
{
	const struct http_tls options = { .server_name = "n.example" };
	CURL *easy = curl_easy_init();
	struct tls tls = { 0 };
	CURLU *url = curl_url();

	(void)state;
	assert_true(easy != NULL && url != NULL);
	assert_int_equal(
	    curl_url_set(url, CURLUPART_URL, "http://h/w", 0), CURLUE_OK);
	assert_int_equal(tls_apply(&tls, easy, url, &options), CURLE_OK);
	assert_null(tls.url);
	assert_null(tls.connect);
	curl_easy_cleanup(easy);
	curl_url_cleanup(url);
}

static void
without_a_name_nothing_is_changed(void **state)
{
	const struct http_tls options = { .ca_file = "/a",
		.cert_file = "/c",
		.key_file = "/k",
		.insecure = true,
		.min_version = HTTP_TLS12,
		.max_version = HTTP_TLS13 };
	CURL *easy = curl_easy_init();
	struct tls tls = { 0 };

	(void)state;
	assert_non_null(easy);
	assert_int_equal(tls_apply(&tls, easy, NULL, &options), CURLE_OK);
	assert_int_equal(tls_apply(&tls, easy, NULL, NULL), CURLE_OK);
	assert_int_equal(tls_apply_proxy(easy, &options), CURLE_OK);
	assert_int_equal(tls_apply_proxy(easy, NULL), CURLE_OK);
	assert_null(tls.url);
	assert_null(tls.host);
	assert_null(tls.connect);
	tls_release(&tls);
	curl_easy_cleanup(easy);
}

/* Write a certificate, and its key sealed by a passphrase, to ${path}. */
static void
write_sealed(char *path)
{
	FILE *file = fdopen(mkstemp(path), "w");
	EVP_PKEY *key = EVP_RSA_gen(2048);
	X509 *cert = X509_new();

	assert_true(file != NULL && key != NULL && cert != NULL);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(cert), 0));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(cert), 86400));
	assert_int_equal(X509_set_pubkey(cert, key), 1);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_X509(file, cert), 1);
	assert_int_equal(PEM_write_PKCS8PrivateKey(file, key, EVP_aes_256_cbc(),
			     "hush", 4, NULL, NULL),
	    1);
	assert_int_equal(fclose(file), 0);
	X509_free(cert);
	EVP_PKEY_free(key);
}

/* Connect, without a terminal, to what listens and says nothing. */
static CURLcode
connect_with(const struct http_tls *options)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), ask[2];
	socklen_t len = sizeof(address);
	CURL *easy = curl_easy_init();
	struct tls tls = { 0 };
	char url[64];

	/* Whoever asks there waits for an answer. */
	if (setsid() == -1 || pipe(ask) != 0 || dup2(ask[0], 0) != 0 ||
	    bind(fd, (struct sockaddr *)&address, len) != 0 ||
	    listen(fd, 1) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) != 0)
		return CURLE_FAILED_INIT;
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/",
	    (unsigned)ntohs(address.sin_port));
	(void)tls_apply(&tls, easy, NULL, options);
	(void)curl_easy_setopt(easy, CURLOPT_URL, url);
	return curl_easy_perform(easy);
}

/* Wait for ${child}, which may be deaf to signals, a minute at most. */
static int
await(pid_t child)
{
	int status = -1, tenths = 600;

	while (waitpid(child, &status, WNOHANG) == 0) {
		if (tenths-- == 0)
			(void)kill(child, SIGKILL);
		(void)usleep(100000);
	}
	return status;
}

static void
nobody_is_asked_for_the_passphrase_of_a_key(void **state)
{
	char path[] = "/tmp/walship-tls-XXXXXX";
	const struct http_tls options = { .cert_file = path, .key_file = path };
	pid_t child;
	int status;

	(void)state;
	write_sealed(path);
	if ((child = fork()) == 0)
		_exit((int)connect_with(&options));
	assert_true(child > 0);
	status = await(child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), CURLE_SSL_CERTPROBLEM);
	assert_int_equal(unlink(path), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_name_of_its_own_changes_neither_host_nor_connection),
		cmocka_unit_test(a_name_of_its_own_is_nothing_without_tls),
		cmocka_unit_test(without_a_name_nothing_is_changed),
		cmocka_unit_test(nobody_is_asked_for_the_passphrase_of_a_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
