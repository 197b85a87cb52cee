/* SPDX-License-Identifier: Apache-2.0 */
#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "agent/admin/passwords.h"

#define KEY_SIZE 32u  /* Bytes of what a question is known by. */
#define SALT_SIZE 32u /* Bytes that only this life knows. */

/* What tells one question from another, and says nothing else of it. */
struct key {
	uint8_t bytes[KEY_SIZE];
};

/* A question that is with the worker. */
struct attempt {
	struct worker_job job;
	struct passwords *home;
	bool used;
	bool known;
	bool right; /* The worker's, until the job is done. */
	struct key key;
	char hash[PASSWORDS_HASH_MAX + 1];
	char password[PASSWORDS_LENGTH_MAX + 1];
};

/* The last questions with the same answer, the oldest being replaced next. */
struct memory {
	struct key keys[PASSWORDS_RIGHT];
	unsigned int len, next;
};

_Static_assert(PASSWORDS_RIGHT == PASSWORDS_WRONG, "of the same size");

struct passwords {
	struct worker *worker;
	void (*decided)(void *arg);
	void *arg;
	atomic_bool closed;
	uint8_t salt[SALT_SIZE];
	struct attempt attempts[PASSWORDS_QUEUE];
	struct memory right, wrong;
	struct crypt_data scratch; /* The worker's, of one job at a time. */
};

struct passwords *
passwords_new(struct worker *worker, void (*decided)(void *arg), void *arg)
{
	struct passwords *passwords = mmap(NULL, sizeof(*passwords),
	    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (passwords == MAP_FAILED)
		return NULL;
	/* Not everybody may lock memory; then it is as any other. */
	(void)mlock(passwords, sizeof(*passwords));
	(void)madvise(passwords, sizeof(*passwords), MADV_DONTDUMP);
	passwords->worker = worker;
	passwords->decided = decided;
	passwords->arg = arg;
	if (RAND_bytes(passwords->salt, SALT_SIZE) == 1)
		return passwords;
	passwords_free(passwords);
	return NULL;
}

struct passwords *
passwords_thread_new(sd_event *event, void (*decided)(void *arg), void *arg)
{
	struct worker *worker = worker_thread_new(event);
	struct passwords *passwords;

	if (worker == NULL)
		return NULL;
	if ((passwords = passwords_new(worker, decided, arg)) == NULL)
		(void)worker_thread_free(worker);
	return passwords;
}

void
passwords_thread_free(struct passwords *passwords)
{
	if (passwords == NULL)
		return;
	passwords_close(passwords);
	if (worker_thread_free(passwords->worker) == 0)
		passwords_free(passwords);
}

void
passwords_close(struct passwords *passwords)
{
	if (passwords != NULL)
		atomic_store(&passwords->closed, true);
}

void
passwords_free(struct passwords *passwords)
{
	if (passwords == NULL)
		return;
	explicit_bzero(passwords, sizeof(*passwords));
	(void)munmap(passwords, sizeof(*passwords));
}

/* Whether they are the same, which takes as long as that they are not. */
static bool
same(const struct key *a, const struct key *b)
{
	return CRYPTO_memcmp(a->bytes, b->bytes, KEY_SIZE) == 0;
}

static bool
is_in(const struct memory *memory, const struct key *key)
{
	unsigned int i, found = 0;

	for (i = 0; i < memory->len; i++)
		found |= same(&memory->keys[i], key);
	return found != 0;
}

static void
remember(struct memory *memory, const struct key *key)
{
	memory->keys[memory->next] = *key;
	memory->next = (memory->next + 1) % PASSWORDS_RIGHT;
	if (memory->len < PASSWORDS_RIGHT)
		memory->len++;
}

/* What the question is known by; false if there is no memory. */
static bool
make_key(const struct passwords *passwords, const char *name, const char *hash,
    bool known, const char *password, struct key *key)
{
	char text[1 + PASSWORDS_NAME_MAX + 1 + PASSWORDS_HASH_MAX + 1 +
	    PASSWORDS_LENGTH_MAX];
	size_t len = 0;
	bool made;

	text[len++] = known ? '+' : '-';
	len = (size_t)((char *)mempcpy(text + len, name, strlen(name) + 1) -
	    text);
	len = (size_t)((char *)mempcpy(text + len, hash, strlen(hash) + 1) -
	    text);
	len = (size_t)((char *)mempcpy(text + len, password, strlen(password)) -
	    text);
	made = HMAC(EVP_sha256(), passwords->salt, SALT_SIZE,
		   (const unsigned char *)text, len, key->bytes, NULL) != NULL;
	explicit_bzero(text, sizeof(text));
	return made;
}

/* Compare, on the worker's thread. */
static void
compare(void *arg)
{
	struct attempt *attempt = arg;
	struct passwords *passwords = attempt->home;
	size_t len = strlen(attempt->hash);
	const char *made;

	attempt->right = false;
	if (atomic_load(&passwords->closed))
		return;
	made = crypt_r(attempt->password, attempt->hash, &passwords->scratch);
	attempt->right = made != NULL && strlen(made) == len &&
	    CRYPTO_memcmp(made, attempt->hash, len) == 0 && attempt->known;
	explicit_bzero(&passwords->scratch, sizeof(passwords->scratch));
}

/* Back on the loop. */
static void
compared(void *arg)
{
	struct attempt *attempt = arg;
	struct passwords *passwords = attempt->home;

	if (!atomic_load(&passwords->closed))
		remember(attempt->right ? &passwords->right : &passwords->wrong,
		    &attempt->key);
	explicit_bzero(attempt, sizeof(*attempt));
	if (!atomic_load(&passwords->closed))
		passwords->decided(passwords->arg);
}

/* Give the worker what ${key} is known by, unless it has that. */
static enum passwords_verdict
have_compared(struct passwords *passwords, const char *hash, bool known,
    const char *password, const struct key *key)
{
	struct attempt *attempt, *room = NULL;
	unsigned int i;

	for (i = 0; i < PASSWORDS_QUEUE; i++) {
		attempt = &passwords->attempts[i];
		if (!attempt->used)
			room = attempt;
		else if (same(&attempt->key, key))
			return PASSWORDS_LATER;
	}
	if (room == NULL)
		return PASSWORDS_BUSY;
	room->used = true;
	room->home = passwords;
	room->known = known;
	room->key = *key;
	(void)strcpy(room->hash, hash);
	(void)strcpy(room->password, password);
	room->job = (struct worker_job){
		.work = compare,
		.done = compared,
		.arg = room,
	};
	worker_submit(passwords->worker, &room->job);
	return PASSWORDS_LATER;
}

enum passwords_verdict
passwords_ask(struct passwords *passwords, const char *name, const char *hash,
    bool known, const char *password)
{
	struct key key;

	if (strlen(name) > PASSWORDS_NAME_MAX ||
	    strlen(password) > PASSWORDS_LENGTH_MAX ||
	    strlen(hash) > PASSWORDS_HASH_MAX)
		return PASSWORDS_WRONG_ONE;
	if (!make_key(passwords, name, hash, known, password, &key))
		return PASSWORDS_BUSY;
	if (is_in(&passwords->right, &key))
		return PASSWORDS_RIGHT_ONE;
	if (is_in(&passwords->wrong, &key))
		return PASSWORDS_WRONG_ONE;
	return have_compared(passwords, hash, known, password, &key);
}
