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

#include "agent/auth/proof.h"
#include "tests/unit/auth/keys.h"
#include "tests/unit/http/sim.h"

#define ASSERTION \
	"client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion" \
	"-type%3Ajwt-bearer&client_assertion="

static char client[] = "client";

/* An application, and a file of its own. */
struct fixture {
	struct sim *sim;
	char path[64];
	struct config_azuread azuread;
	struct proof proof;
	struct buf form;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fd;

	assert_non_null(f);
	f->sim = sim_new(&(struct sim_receiver){ 0 });
	strcpy(f->path, "/tmp/walship-proof-XXXXXX");
	fd = mkstemp(f->path);
	assert_true(fd >= 0);
	(void)close(fd);
	f->azuread.client_id = client;
	buf_init(&f->form, 1u << 20);
	assert_int_equal(unsetenv("AZURE_FEDERATED_TOKEN_FILE"), 0);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	proof_release(&f->proof);
	buf_release(&f->form);
	(void)unlink(f->path);
	sim_free(f->sim);
	free(f);
	return 0;
}

static void
write_file(struct fixture *f, const void *data, size_t len)
{
	FILE *file = fopen(f->path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static int
put(struct fixture *f)
{
	proof_release(&f->proof);
	buf_reset(&f->form);
	proof_init(&f->proof, &f->azuread, sim_clock(f->sim));
	return proof_put(&f->proof, "https://login.example/token", &f->form);
}

static void
assert_fails(struct fixture *f, enum token_failure failure, const char *what)
{
	assert_int_equal(put(f), -1);
	assert_int_equal(f->proof.failure, failure);
	if (strstr(f->proof.error, what) == NULL)
		fail_msg("%s: not in: %s", what, f->proof.error);
}

static void
a_secret_is_read_anew_each_time(void **state)
{
	struct fixture *f = *state;

	f->azuread.method = AZUREAD_OAUTH;
	f->azuread.client_secret.file = f->path;
	write_file(f, "one\n", 4);
	assert_int_equal(put(f), 0);
	assert_string_equal(buf_text(&f->form), "client_secret=one");
	/* Within the same second, of the same length. */
	write_file(f, "two\n", 4);
	buf_reset(&f->form);
	assert_int_equal(proof_put(&f->proof, "https://x/", &f->form), 0);
	assert_string_equal(buf_text(&f->form), "client_secret=two");
	assert_string_equal(buf_text(&f->proof.shown), "two");
	write_file(f, "", 0);
	assert_fails(f, TOKEN_FILE, "is empty");
}

static void
a_federated_token_is_shown_as_it_is(void **state)
{
	struct fixture *f = *state;

	f->azuread.method = AZUREAD_WORKLOAD_IDENTITY;
	f->azuread.token_file_path = f->path;
	write_file(f, " a.b.c\n", 7);
	assert_int_equal(put(f), 0);
	assert_string_equal(buf_text(&f->form), ASSERTION "a.b.c");
	write_file(f, "d.e.f", 5);
	buf_reset(&f->form);
	assert_int_equal(proof_put(&f->proof, "https://x/", &f->form), 0);
	assert_string_equal(buf_text(&f->form), ASSERTION "d.e.f");
	assert_int_equal(unlink(f->path), 0);
	assert_fails(f, TOKEN_FILE, "No such file");
}

static void
its_file_is_named_by_the_entry_or_the_environment(void **state)
{
	struct fixture *f = *state;

	f->azuread.method = AZUREAD_WORKLOAD_IDENTITY;
	assert_fails(f, TOKEN_FILE, PROOF_TOKEN_FILE);
	assert_int_equal(
	    setenv("AZURE_FEDERATED_TOKEN_FILE", "/nowhere/a", 1), 0);
	assert_fails(f, TOKEN_FILE, "/nowhere/a: ");
	f->azuread.token_file_path = (char[]){ "/nowhere/b" };
	assert_fails(f, TOKEN_FILE, "/nowhere/b: ");
}

static void
a_certificate_signs(void **state)
{
	EVP_PKEY *key = keys_rsa(2048);
	X509 *good = keys_cert(key, "a", NULL, NULL, -60, KEYS_DAY);
	X509 *old = keys_cert(key, "a", NULL, NULL, -KEYS_DAY, -60);
	X509 *late = keys_cert(key, "a", NULL, NULL, KEYS_DAY, 2 * KEYS_DAY);
	struct fixture *f = *state;
	struct buf file;

	f->azuread.method = AZUREAD_CERTIFICATE;
	assert_fails(f, TOKEN_SETTING, "certificate_path");
	f->azuread.certificate_path = f->path;
	assert_fails(f, TOKEN_FILE, "is empty");
	buf_init(&file, 1u << 16);
	keys_put_key(&file, key, "p");
	keys_put_cert(&file, good);
	write_file(f, file.data, file.len);
	assert_fails(f, TOKEN_FILE, "certificate_password");
	f->azuread.certificate_password.text = (char[]){ "p" };
	assert_int_equal(put(f), 0);
	assert_int_equal(
	    strncmp(buf_text(&f->form), ASSERTION "eyJ", sizeof(ASSERTION) + 2),
	    0);
	buf_reset(&file);
	keys_put_key(&file, key, NULL);
	keys_put_cert(&file, old);
	write_file(f, file.data, file.len);
	assert_fails(f, TOKEN_EXPIRED, "has expired");
	buf_reset(&file);
	keys_put_key(&file, key, NULL);
	keys_put_cert(&file, late);
	write_file(f, file.data, file.len);
	assert_fails(f, TOKEN_CLOCK, "not in force yet");
	buf_release(&file);
	X509_free(good);
	X509_free(old);
	X509_free(late);
	EVP_PKEY_free(key);
}

static void
what_was_put_can_be_forgotten(void **state)
{
	struct fixture *f = *state;

	f->azuread.method = AZUREAD_OAUTH;
	f->azuread.client_secret.text = (char[]){ "one" };
	assert_int_equal(put(f), 0);
	assert_string_equal(buf_text(&f->proof.shown), "one");
	proof_forget(&f->proof);
	assert_string_equal(buf_text(&f->proof.shown), "");
	f->azuread.client_id = NULL;
	assert_fails(f, TOKEN_SETTING, "client_id");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(a_secret_is_read_anew_each_time),
		TEST(a_federated_token_is_shown_as_it_is),
		TEST(its_file_is_named_by_the_entry_or_the_environment),
		TEST(a_certificate_signs),
		TEST(what_was_put_can_be_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
