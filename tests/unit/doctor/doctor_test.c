/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/doctor/doctor.h"
#include "tests/unit/doctor/patient.h"

/* What was told, a line a step. */
static struct buf told;

static void
tell(void *arg, const char *step, const char *destination,
    const struct finding *finding)
{
	(void)arg;
	buf_printf(&told, "%s %s%s%s%s%s\n", finding_word(finding->result),
	    step, destination != NULL ? " of " : "",
	    destination != NULL ? destination : "",
	    finding->result == FINDING_SKIP ? ": " : "",
	    finding->result == FINDING_SKIP ? finding->found : "");
}

/* Examine the configuration of ${p}, as ${user}; 0, or -1 with a fault. */
static int
examine(struct patient *p, const char *user, const char **fault)
{
	buf_reset(&told);
	return doctor_run(
	    &(struct doctor_options){
		.path = p->path,
		.usual = "/nonexistent",
		.user = user,
		.hosts = 1,
		.tell = tell,
	    },
	    fault);
}

static void
expect(const char *line)
{
	if (strstr(buf_text(&told), line) == NULL)
		fail_msg("no %s in:\n%s", line, buf_text(&told));
}

static void
test_takes_each_step_in_order(void **state)
{
	static const char *const steps[] = { "configuration\n", "prometheus\n",
		"permission", "state\n", "spool", "disk\n", "machine\n",
		"names of one", "address of one", "proxy of one",
		"connection of one", "clock of one", "token of one",
		"role of one", "read-back of one", "samples of one",
		"limits of one", "labels of one", "names of two",
		"labels of two", "host label\n", "other senders\n" };
	struct patient *p = *state;
	const char *fault, *at;
	size_t i;

	patient_configure(p,
	    "remote_write:\n- {url: 'http://localhost:1/', name: one}\n"
	    "- {url: 'http://localhost:2/', name: two}\n");
	assert_int_equal(examine(p, NULL, &fault), 0);
	at = buf_text(&told);
	for (i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		at = strstr(at, steps[i]);
		if (at == NULL)
			fail_msg("no %s in:\n%s", steps[i], buf_text(&told));
	}
	expect("fail connection of one\n");
	expect("skip clock of one: because of connection\n");
	expect("skip role of one: because of connection\n");
	expect("ok token of one\n");
}

static void
test_without_a_configuration_all_else_is_skipped(void **state)
{
	struct patient *p = *state;
	const char *fault;

	tree_write(&p->tree, "w.yml", "colour: blue\n", 13);
	assert_int_equal(examine(p, NULL, &fault), 0);
	expect("fail configuration\n");
	expect("skip prometheus: because of configuration\n");
	expect("skip spool: because of configuration\n");
	expect("skip host label: because of configuration\n");
	assert_null(strstr(buf_text(&told), "names"));
}

static void
test_what_was_skipped_has_others_skipped(void **state)
{
	struct patient *p = *state;
	const char *fault;

	patient_configure(p,
	    "remote_write:\n- {url: 'http://nowhere.invalid/', name: one}\n"
	    "- {url: 'http://localhost:2/', name: two}\n");
	assert_int_equal(examine(p, NULL, &fault), 0);
	expect("fail names of one\n");
	expect("skip connection of one: because of names\n");
	expect("skip clock of one: because of connection\n");
	/* The next destination is not to blame. */
	expect("ok names of two\n");
	expect("ok address of two\n");
	expect("fail connection of two\n");
}

static void
test_who_cannot_be_become_is_a_fault(void **state)
{
	const char *fault;

	assert_int_equal(examine(*state, "no-such-user", &fault), -1);
	assert_string_equal(fault, "there is no user no-such-user");
	assert_int_equal(told.len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PATIENT_TEST(test_takes_each_step_in_order),
		PATIENT_TEST(test_without_a_configuration_all_else_is_skipped),
		PATIENT_TEST(test_what_was_skipped_has_others_skipped),
		PATIENT_TEST(test_who_cannot_be_become_is_a_fault),
	};
	int result;

	buf_init(&told, 1 << 20);
	result = cmocka_run_group_tests(tests, NULL, NULL);
	buf_release(&told);
	return result;
}
