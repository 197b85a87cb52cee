# SPDX-License-Identifier: Apache-2.0
"""What the tests share: directories whose logs stay when a test fails, and
programs that are ended whatever happens."""

import pathlib
import shutil
import sys
import tempfile
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from rig import binaries, machine, namespace, packages  # noqa: E402
from rig.exporter import Exporter, Page  # noqa: E402
from rig.frozen import Frozen  # noqa: E402
from rig.kinds import KindsReceiver  # noqa: E402
from rig.prometheus import Prometheus, Receiver  # noqa: E402
from rig.receiver import RecordingReceiver  # noqa: E402
from rig.shipping import Shipping  # noqa: E402
from rig.victoria import Victoria  # noqa: E402
from rig.walship import Walship  # noqa: E402

# The modules whose tests take longest, and so begin before all others.
LONGEST = ["test_soak", "test_package", "test_setup", "test_rpm",
           "test_install", "test_snapshot", "test_wal_life", "test_kill",
           "test_reload", "test_same_as_prometheus"]

# In the stash of what failed: a test, or the session.
FAILED = pytest.StashKey()


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true",
                     help="run the long tests: a soak of ten minutes, "
                     "quickstart.sh")


def pytest_configure(config):
    config.addinivalue_line("markers", "full: only runs with --full")
    config.addinivalue_line("markers", "xdist_group(name): where tests run "
                            "side by side, those of a name do not")


def _turn(item):
    """How early ${item} is to begin: the end is not to wait for one."""
    name = item.module.__name__
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)


def pytest_collection_modifyitems(config, items):
    items.sort(key=_turn)
    if config.getoption("--full"):
        return
    skip = pytest.mark.skip(reason="a long test: needs --full")
    for item in items:
        if "full" in item.keywords:
            item.add_marker(skip)


def pytest_report_header():
    lines = []
    for find in (binaries.walship, binaries.prometheus,
                 binaries.victoria_metrics):
        try:
            lines.append(f"{find.__name__}: {find()}")
        except binaries.Missing as error:
            lines.append(f"{find.__name__}: {error}")
    return lines


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    report = (yield).get_result()
    if report.failed:
        item.session.stash[FAILED] = True
        item.stash[FAILED] = True
        directory = item.funcargs.get("directory")
        if directory:
            report.sections.append(("logs", f"left in {directory}"))


def _make_directory():
    directory = pathlib.Path(tempfile.mkdtemp(prefix="walship-e2e-"))
    directory.chmod(0o755)  # Some tests run a program as another user.
    return directory


@pytest.fixture(params=binaries.RELEASES, ids=lambda suite: suite or "usual")
def suite(request):
    """Each release whose Prometheus a test is run with."""
    try:
        binaries.release(request.param)
    except binaries.Missing as error:
        pytest.skip(str(error))
    return request.param


@pytest.fixture
def directory(request):
    """A directory for data and logs; it stays if the test fails."""
    path = _make_directory()
    yield path
    if not request.node.stash.get(FAILED, False):
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def ended(request):
    """A list: what is put into it is closed or killed after the test, and a
    walship among it that still runs must stop cleanly first."""
    things = []
    yield things
    try:
        for thing in things:
            if isinstance(thing, Walship) and thing.running():
                thing.stop()
    except BaseException:
        request.node.stash[FAILED] = True  # Its logs are to stay.
        raise
    finally:
        for thing in reversed(things):
            (getattr(thing, "kill", None) or thing.close)()


@pytest.fixture
def receiver(ended):
    """A recording receiver; after the test it must have seen no fault."""
    one = RecordingReceiver()
    ended.append(one)
    yield one
    one.must_be_clean()


@pytest.fixture
def make_kinds(ended):
    """Makes receivers of all kinds; walship's must have seen no fault."""
    made = []

    def make(user_agent="walship/"):
        one = KindsReceiver(user_agent=user_agent)
        ended.append(one)
        made.append(one)
        return one
    yield make
    for one in made:
        if one.user_agent == "walship/":
            one.must_be_clean()


@pytest.fixture
def make_walship(directory, ended):
    """Makes and starts walships that are ended after the test."""
    def make(data_dir, *remotes, **more):
        one = Walship(directory, data_dir, remotes, **more)
        ended.append(one)
        return one.start()
    return make


@pytest.fixture
def make_prometheus(directory, ended):
    """Makes and starts Prometheuses that are ended after the test."""
    def make(name="source", **options):
        one = Prometheus(name, directory, **options)
        ended.append(one)
        return one.start()
    return make


@pytest.fixture
def make_receiver(directory, ended):
    """Starts a Prometheus that takes remote write."""
    def make(name="receiver"):
        one = Receiver(name, directory)
        ended.append(one)
        return one.start()
    return make


@pytest.fixture
def victoria(directory, ended):
    """A VictoriaMetrics, or a skipped test."""
    try:
        one = Victoria("victoria", directory)
    except binaries.Missing as error:
        pytest.skip(str(error))
    ended.append(one)
    return one.start()


@pytest.fixture(scope="session")
def deb(tmp_path_factory):
    """The path of the deb."""
    why = packages.why_not()
    if why:
        pytest.skip(why)
    return packages.build_deb(tmp_path_factory.mktemp("deb"))


@pytest.fixture(scope="session")
def machines(tmp_path_factory):
    """They can be booted here, or the test is skipped."""
    why = machine.why_not(tmp_path_factory.mktemp("machine"))
    if why:
        pytest.skip(why)


@pytest.fixture
def host(machines, directory, deb, ended):
    """A machine that has booted, with the deb in its /root."""
    one = machine.Machine(directory)
    ended.append(one)
    one.start()
    shutil.copy(deb, one.path("/root/walship.deb"))
    shutil.copy(packages.as_version(deb, "9.0"), one.path("/root/new.deb"))
    return one


@pytest.fixture
def exporter(ended):
    """An exporter of one small Page."""
    one = Exporter(Page())
    ended.append(one)
    return one


@pytest.fixture(scope="session")
def mounts_allowed():
    """Programs may have mounts of their own here, or the test is skipped."""
    why = namespace.why_not()
    if why:
        pytest.skip(f"no mounts of its own for a program: {why}")


class Source:
    """A Prometheus that scrapes an exporter, shared by the tests of a
    session, which must not disturb it."""

    def __init__(self, directory, name="source", flags=()):
        self.begin = int(time.time() * 1000) - 1000
        self.exporter = Exporter(Page())
        self.prometheus = Prometheus(
            name, directory, targets=[self.exporter.address], flags=flags)
        self.prometheus.start()

    @property
    def data_dir(self):
        return self.prometheus.data_dir

    def read(self):
        """Everything it holds now."""
        return self.prometheus.read_since(self.begin)

    def read_after(self, scrapes):
        """Everything it holds after ${scrapes} more scrapes."""
        self.exporter.wait_for_scrapes(scrapes)
        return self.read()

    def close(self):
        self.prometheus.kill()
        self.exporter.close()


def _shared(request, name, flags):
    directory = _make_directory()
    source = Source(directory, name, flags)
    yield source
    source.close()
    if request.session.stash.get(FAILED, False):
        print(f"\nlogs of {name}: {directory}")
    else:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def source(request):
    """The shared source, its WAL compressed, as is the default."""
    yield from _shared(request, "source", [])


@pytest.fixture(scope="session")
def plain_source(request):
    """The shared source whose WAL is not compressed."""
    yield from _shared(request, "plain-source",
                       ["--no-storage.tsdb.wal-compression"])


@pytest.fixture(scope="session")
def frozen(request):
    """A log at rest, shared; its data_dir is not to be written to."""
    directory = _make_directory()
    yield Frozen(directory)
    if not request.session.stash.get(FAILED, False):
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def ship(frozen, receiver, make_walship):
    """The shared log at rest, the receiver and a walship between them."""
    return Shipping(frozen, receiver, make_walship)
