/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/doctor/senders.h"
#include "tests/unit/doctor/patient.h"

/* Have a Prometheus run, with the configuration ${name}, on ${data_dir}. */
static void
add_prometheus(struct patient *p, const char *name, const char *data_dir)
{
	struct process_list *list = &p->exam.prometheus;

	list->found =
	    reallocarray(list->found, list->len + 1, sizeof(*list->found));
	assert_non_null(list->found);
	list->found[list->len] = (struct prometheus_process){ .pid = 7 };
	list->found[list->len].data_dir.path = strdup(data_dir);
	list->found[list->len].config_file.path =
	    strdup(tree_path(&p->tree, name));
	list->len++;
}

/* Have a walship run with the configuration ${path}. */
static void
add_walship(struct patient *p, const char *path)
{
	struct instances *walships = &p->exam.walships;

	walships->list = reallocarray(
	    walships->list, walships->len + 1, sizeof(*walships->list));
	assert_non_null(walships->list);
	walships->list[walships->len++] =
	    (struct instance){ .pid = 9, .config = strdup(path) };
}

static void
write_text(struct patient *p, const char *name, const char *text)
{
	tree_write(&p->tree, name, text, strlen(text));
}

/* What the step finds, all of it read anew. */
static void
expect(struct patient *p, enum finding_result result, const char *found,
    const char *mend)
{
	senders_release(&p->exam.senders);
	assert_int_equal(senders_read(&p->exam.senders, &p->exam.prometheus,
			     &p->exam.walships, p->path),
	    0);
	patient_finds(p, senders_look, result, found, mend);
}

static void
test_alone_is_well(void **state)
{
	expect(*state, FINDING_OK, "nobody else", "");
}

static void
test_a_remote_write_that_is_still_there_is_a_warning(void **state)
{
	struct patient *p = *state;

	write_text(p, "prometheus.yml",
	    "remote_write:\n- url: http://elsewhere/\n"
	    "- url: http://localhost:1/write?x=y\n");
	add_prometheus(p, "prometheus.yml", p->data);
	expect(p, FINDING_WARN,
	    "Prometheus (pid 7) sends the same samples to "
	    "http://localhost:1/write",
	    "take that entry out");
	write_text(p, "prometheus.yml",
	    "remote_write:\n- url: http://localhost:1/other\n");
	expect(p, FINDING_OK, "nobody else", "");
}

static void
test_what_another_prometheus_sends_is_its_own(void **state)
{
	struct patient *p = *state;

	write_text(p, "prometheus.yml",
	    "remote_write: [{url: 'http://localhost:1/write'}]\n");
	add_prometheus(p, "prometheus.yml", "/other/data");
	expect(p, FINDING_OK, "nobody else", "");
	add_prometheus(p, "prometheus.yml", p->data);
	expect(p, FINDING_WARN, "arrive twice", "");
}

static void
test_what_cannot_be_read_is_said(void **state)
{
	struct patient *p = *state;

	add_prometheus(p, "none.yml", p->data);
	expect(p, FINDING_OK, "is not known: ", "");
	assert_non_null(strstr(p->finding.found, "none.yml cannot be read"));
}

static void
test_another_walship_of_the_same_log_is_a_warning(void **state)
{
	struct patient *p = *state;
	char other[1024];

	(void)snprintf(other, sizeof(other),
	    "prometheus: {data_dir: %s}\nstate_dir: /other\n"
	    "remote_write: [{url: 'http://localhost:1/write'}]\n",
	    p->data);
	write_text(p, "other.yml", other);
	/* Our own one is none. */
	add_walship(p, p->path);
	expect(p, FINDING_OK, "nobody else", "");
	add_walship(p, tree_path(&p->tree, "other.yml"));
	expect(p, FINDING_WARN, "another walship (pid 9)", "stop one of");
	write_text(p, "other.yml",
	    "prometheus: {data_dir: /other}\n"
	    "remote_write: [{url: 'http://localhost:1/write'}]\n");
	expect(p, FINDING_OK, "nobody else", "");
	write_text(p, "other.yml", "colour: blue\n");
	expect(p, FINDING_OK, "nobody else", "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PATIENT_TEST(test_alone_is_well),
		PATIENT_TEST(
		    test_a_remote_write_that_is_still_there_is_a_warning),
		PATIENT_TEST(test_what_another_prometheus_sends_is_its_own),
		PATIENT_TEST(test_what_cannot_be_read_is_said),
		PATIENT_TEST(test_another_walship_of_the_same_log_is_a_warning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
