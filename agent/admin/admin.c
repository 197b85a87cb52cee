/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/admin/admin.h"
#include "agent/admin/guests.h"
#include "agent/admin/handshake.h"
#include "agent/admin/listen.h"
#include "agent/admin/pages.h"
#include "agent/admin/passwords.h"
#include "agent/admin/turn.h"
#include "agent/admin/webfile.h"
#include "agent/base/log.h"

#define CONNECTION_MEMORY 16384u    /* Bytes, for the headers both ways. */
#define REASON_MAX 256u             /* Bytes of why, or of an address. */
#define ACCEPTS_MAX 16u             /* Connections accepted in one turn. */
#define HANDSHAKES_MAX 4u           /* Likewise, where each takes long. */
#define ACCEPT_PAUSE CLOCK_SEC      /* When there were no descriptors. */
#define LOG_PERIOD (60 * CLOCK_SEC) /* Between lines that say the same. */

struct admin {
	sd_event *event;
	struct clock *clock;
	char *listen_address;
	struct pages pages;
	struct guests guests;
	struct webfile *web;         /* Of who comes; NULL: none. */
	struct turn turn;            /* The last of the daemon. */
	bool anew;                   /* The daemon is to be another. */
	struct MHD_Daemon *daemon;   /* NULL until the address is bound. */
	sd_event_source *on_work;    /* Watches the daemon's descriptor. */
	sd_event_source *on_client;  /* Watches, and owns, the socket. */
	struct timer *timer;         /* The next try to bind; then rearm. */
	uint64_t accept_at;          /* Monotonic: none is accepted before. */
	struct log_gate bind_gate;   /* Of "cannot serve". */
	struct log_gate accept_gate; /* Of "cannot accept". */
};

/* Whether somebody who comes finds a place, or can be made one. */
static bool
has_room(struct admin *admin)
{
	return !guests_full(&admin->guests) ||
	    guests_spare(&admin->guests, NULL) != NULL;
}

/* Watch the socket while there is room, and wake when time is due. */
static void
rearm(struct admin *admin)
{
	uint64_t now = clock_monotonic(admin->clock);
	bool rests = turn_rests(&admin->turn, now);
	bool paused = now < admin->accept_at;
	uint64_t next = guests_sweep(&admin->guests, now);
	MHD_UNSIGNED_LONG_LONG left;

	(void)sd_event_source_set_enabled(
	    admin->on_work, rests ? SD_EVENT_OFF : SD_EVENT_ON);
	(void)sd_event_source_set_enabled(admin->on_client,
	    rests || paused || !has_room(admin) ? SD_EVENT_OFF : SD_EVENT_ON);
	if (admin->anew)
		next = now;
	if (paused && admin->accept_at < next)
		next = admin->accept_at;
	/*
	 * Some versions say 0 for up to a second before they end an idle
	 * connection; the millisecond keeps the loop from spinning then.
	 */
	if (MHD_get_timeout(admin->daemon, &left) == MHD_YES) {
		left = now + (left > 0 ? left : 1) * CLOCK_MSEC;
		next = left < next ? left : next;
	}
	timer_set(admin->timer, rests ? admin->turn.until : next);
}

/* Have the daemon do what there is to do, in a turn that began at ${begin}. */
static void
work(struct admin *admin, uint64_t begin)
{
	if (!turn_rests(&admin->turn, begin)) {
		(void)MHD_run(admin->daemon);
		turn_took(&admin->turn, begin, clock_monotonic(admin->clock));
	}
	rearm(admin);
}

static int
on_work(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	struct admin *admin = arg;

	(void)source;
	(void)fd;
	(void)events;
	work(admin, clock_monotonic(admin->clock));
	return 0;
}

/* Let connections wait for a while: accepting more would fail too. */
static void
pause_accepting(struct admin *admin, int error)
{
	uint64_t now = clock_monotonic(admin->clock);
	uint64_t hidden;

	admin->accept_at = now + ACCEPT_PAUSE;
	if (log_gate_open(&admin->accept_gate, now, LOG_PERIOD, &hidden))
		log_warn("cannot accept a connection to /metrics, retrying",
		    LOG_ERRNO(error));
}

/* Make room for one more, if there is none. */
static void
make_room(struct admin *admin)
{
	struct guest *spare;

	if (!guests_full(&admin->guests))
		return;
	if ((spare = guests_spare(&admin->guests, NULL)) != NULL)
		guests_dismiss(spare);
	(void)MHD_run(admin->daemon);
}

/* The connection ${client} of ${peer}, of ${len} bytes, is to be served. */
static void
take_in(struct admin *admin, int client, const struct sockaddr_storage *peer,
    socklen_t len)
{
	const struct sockaddr *address = (const struct sockaddr *)peer;
	struct guest *guest, *spare = NULL;

	make_room(admin);
	guest = guests_enter(
	    &admin->guests, client, peer, clock_monotonic(admin->clock));
	if (guest == NULL) {
		(void)close(client);
		return;
	}
	if (guests_crowded(&admin->guests, guest) &&
	    (spare = guests_spare(&admin->guests, guest)) == NULL) {
		guests_leave(&admin->guests, guest);
		(void)close(client);
		return;
	}
	if (spare != NULL)
		guests_dismiss(spare);
	/* The daemon owns the descriptor, even where it fails. */
	if (MHD_add_connection(admin->daemon, client, address, len) ==
		MHD_YES ||
	    (guest = guests_find(&admin->guests, client)) == NULL)
		return;
	guests_leave(&admin->guests, guest);
}

/* Accept one connection; return whether there may be more. */
static bool
accept_one(struct admin *admin, int fd)
{
	struct sockaddr_storage peer = { 0 };
	void *address = &peer;
	socklen_t len = sizeof(peer);
	int client;

	if (!has_room(admin))
		return false;
	client = accept4(fd, address, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (client == -1) {
		if (errno == ECONNABORTED || errno == EINTR)
			return true;
		if (errno != EAGAIN)
			pause_accepting(admin, errno);
		return false;
	}
	take_in(admin, client, &peer, len);
	return true;
}

/*
 * Accept here, not in libmicrohttpd, which would spin for as long as there is
 * no descriptor for its first connection.
 */
static int
on_client(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	struct admin *admin = arg;
	uint64_t begin = clock_monotonic(admin->clock);
	unsigned int i, max;

	(void)source;
	(void)events;
	max = handshake_wanted(admin->web) ? HANDSHAKES_MAX : ACCEPTS_MAX;
	for (i = 0; i < max; i++)
		if (!accept_one(admin, fd))
			break;
	work(admin, begin);
	return 0;
}

static void
stop(struct admin *admin)
{
	admin->on_work = sd_event_source_disable_unref(admin->on_work);
	admin->on_client = sd_event_source_disable_unref(admin->on_client);
	pages_resume(&admin->pages);
	if (admin->daemon != NULL)
		MHD_stop_daemon(admin->daemon);
	admin->daemon = NULL;
}

/*
 * For libmicrohttpd: a connection is there, or gone; ${place} is its guest.  One
 * that cannot be let in as it should be is shut.
 */
static void
connected(void *arg, struct MHD_Connection *connection, void **place,
    enum MHD_ConnectionNotificationCode code)
{
	struct admin *admin = arg;
	const union MHD_ConnectionInfo *info;
	struct guest *guest = *place;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (guest == NULL)
			return;
		webfile_free(guest->web);
		guests_leave(&admin->guests, guest);
		return;
	}
	info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	guest =
	    info != NULL ? guests_find(&admin->guests, info->connect_fd) : NULL;
	*place = guest;
	if (guest == NULL)
		return;
	guest->web = webfile_share(admin->web);
	if (handshake_dress(connection, guest->web) != 0)
		guests_dismiss(guest);
}

/* The guest that ${connection} is of, or NULL. */
static struct guest *
guest_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info != NULL ? info->socket_context : NULL;
}

/* Likewise: see pages_answer. */
static enum MHD_Result
answer(void *arg, struct MHD_Connection *connection, const char *path,
    const char *method, const char *version, const char *upload,
    size_t *upload_len, void **state)
{
	struct admin *admin = arg;
	struct guest *guest = guest_of(connection);

	if (guest == NULL)
		return MHD_NO;
	if (!guest->asking)
		guests_ask(guest, clock_monotonic(admin->clock));
	admin->pages.web = guest->web;
	return pages_answer(&admin->pages, connection, path, method, version,
	    upload, upload_len, state);
}

/* Likewise: see pages_completed. */
static void
completed(void *arg, struct MHD_Connection *connection, void **state,
    enum MHD_RequestTerminationCode code)
{
	struct admin *admin = arg;
	struct guest *guest = guest_of(connection);

	if (guest != NULL)
		guests_answered(guest, clock_monotonic(admin->clock));
	/* Who was let in as others no longer are is to come again. */
	if (guest != NULL && guest->web != admin->web)
		guests_dismiss(guest);
	pages_completed(&admin->pages, connection, state, code);
}

/* Make the daemon and watch it; 0, or a negative errno value. */
static int
start_daemon(struct admin *admin)
{
	struct MHD_OptionItem items[HANDSHAKE_OPTIONS];
	unsigned int flags = handshake_options(admin->web, items);
	const union MHD_DaemonInfo *info;

	errno = ENOMEM; /* Not every failure sets it. */
	admin->daemon = MHD_start_daemon(flags | MHD_USE_EPOLL |
		MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME,
	    0, NULL, NULL, answer, admin, MHD_OPTION_NOTIFY_COMPLETED,
	    completed, admin, MHD_OPTION_NOTIFY_CONNECTION, connected, admin,
	    MHD_OPTION_CONNECTION_LIMIT, GUESTS_MAX,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
	    MHD_OPTION_ARRAY, items, MHD_OPTION_END);
	if (admin->daemon == NULL)
		return -errno;
	info = MHD_get_daemon_info(admin->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (info == NULL)
		return -ENOTSUP;
	return sd_event_add_io(admin->event, &admin->on_work, info->epoll_fd,
	    EPOLLIN, on_work, admin);
}

/* Serve on the socket ${fd}, which is owned or closed here. */
static int
start(struct admin *admin, int fd)
{
	int r;

	r = sd_event_add_io(
	    admin->event, &admin->on_client, fd, EPOLLIN, on_client, admin);
	if (r < 0) {
		(void)close(fd);
		return r;
	}
	(void)sd_event_source_set_io_fd_own(admin->on_client, true);
	r = start_daemon(admin);
	if (r < 0)
		stop(admin);
	return r;
}

/* Bind and serve, or say why not and try again later. */
static void
try_start(struct admin *admin)
{
	uint64_t now = clock_monotonic(admin->clock);
	char memory[REASON_MAX];
	uint64_t hidden;
	struct buf text;
	int fd, r;

	buf_over(&text, memory, sizeof(memory));
	if ((fd = listen_open(admin->listen_address, &text)) != -1) {
		listen_put_bound(fd, &text);
		admin->pages.local = listen_is_loopback(fd);
		if ((r = start(admin, fd)) >= 0) {
			log_info("serving /metrics",
			    LOG_STR("address", buf_text(&text)),
			    LOG_STR("scheme",
				handshake_wanted(admin->web) ? "https"
							     : "http"));
			rearm(admin);
			return;
		}
		buf_reset(&text);
		buf_puts(&text, strerror(-r));
	}
	if (log_gate_open(&admin->bind_gate, now, LOG_PERIOD, &hidden))
		log_warn("cannot serve /metrics, retrying; shipping goes on",
		    LOG_STR("address", admin->listen_address),
		    LOG_STR("err", buf_text(&text)),
		    LOG_STR("advice",
			"set web.listen_address to one that is free here, "
			"another for each walship"));
	timer_set(admin->timer, now + ADMIN_RETRY);
}

static void
on_timer(void *arg)
{
	struct admin *admin = arg;

	if (admin->anew)
		stop(admin);
	admin->anew = false;
	if (admin->daemon == NULL)
		try_start(admin);
	else
		work(admin, clock_monotonic(admin->clock));
}

/* What was compared is known. */
static void
decided(void *arg)
{
	struct admin *admin = arg;

	pages_resume(&admin->pages);
	if (admin->daemon != NULL)
		work(admin, clock_monotonic(admin->clock));
}

/* Have passwords be compared, if ${web} has users; -1 if that cannot be. */
static int
compare_passwords(struct admin *admin, const struct webfile *web)
{
	struct passwords **passwords = &admin->pages.passwords;

	if (web == NULL || web->users_len == 0 || *passwords != NULL)
		return 0;
	*passwords = passwords_thread_new(admin->event, decided, admin);
	return *passwords == NULL ? -1 : 0;
}

void
admin_use(struct admin *admin, struct webfile *web)
{
	struct webfile *before = admin->web;

	if (compare_passwords(admin, web) != 0)
		log_error("out of memory: nobody who has a password can be "
			  "let in");
	if (handshake_wanted(before) != handshake_wanted(web))
		admin->anew = true;
	admin->web = webfile_share(web);
	webfile_free(before);
	guests_dismiss_idle(&admin->guests);
	/* Not from within the daemon, which may be who calls. */
	timer_set(admin->timer, clock_monotonic(admin->clock));
}

struct admin *
admin_new(
    sd_event *event, struct clock *clock, const struct admin_options *options)
{
	struct admin *admin;

	if ((admin = calloc(1, sizeof(*admin))) == NULL)
		return NULL;
	admin->event = sd_event_ref(event);
	admin->clock = clock;
	admin->pages = (struct pages){ .clock = clock,
		.stats = options->stats,
		.ready = options->ready,
		.overview = options->overview,
		.reload = options->reload,
		.arg = options->arg };
	admin->listen_address = strdup(options->listen_address);
	admin->timer = timer_new(clock, on_timer, admin);
	if (admin->listen_address == NULL || admin->timer == NULL)
		goto fail;
	if (compare_passwords(admin, options->web) != 0)
		goto fail;
	admin->web = webfile_share(options->web);
	try_start(admin);
	return admin;

fail:
	admin_free(admin);
	return NULL;
}

void
admin_free(struct admin *admin)
{
	if (admin == NULL)
		return;
	stop(admin);
	passwords_thread_free(admin->pages.passwords);
	webfile_free(admin->web);
	timer_free(admin->timer);
	free(admin->listen_address);
	sd_event_unref(admin->event);
	free(admin);
}
