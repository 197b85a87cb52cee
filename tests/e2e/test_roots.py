# SPDX-License-Identifier: Apache-2.0
"""The deb, built where nothing is but what it says that it needs, and brought
by apt to where nothing is: of this machine's suite, and of those whose roots
tests/roots.sh has made."""

import contextlib
import shutil
import subprocess

import pytest

from rig import compare, packages, roots
from rig.processes import Process
from rig.walship import to_yaml

pytestmark = [pytest.mark.full, pytest.mark.xdist_group("machine")]

SECONDS = 60
BUILD_SECONDS = 900
CHECK_SECONDS = 3600  # The tests of all units.
REPOSITORY = "/srv/walship"
CONFIG = "/etc/walship/walship.yml"


@pytest.fixture(scope="module")
def own():
    """The suite of this machine."""
    try:
        return roots.provide()
    except RuntimeError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module", params=["own", *roots.suites()])
def suite(request, own):
    if request.param == "own":
        return own
    if request.param == own:
        pytest.skip("it is this machine's own")
    return request.param


@pytest.fixture(scope="module")
def clean(suite, tmp_path_factory):
    """A root to build in, with what is packed below /srv."""
    why = packages.why_not("mmdebstrap")
    if why:
        pytest.skip(why)
    one = roots.Root(suite, "build", tmp_path_factory.mktemp("clean"))
    with contextlib.closing(one):
        shutil.copy(packages.tarball(), one.path / "srv")
        one.run("cd /srv && tar -xf walship-*.tar.xz && mv walship-*/ tree")
        yield one


@pytest.fixture(scope="module")
def built(clean):
    """The path of the deb that was built there, without a network."""
    clean.run("sh /srv/tree/packaging/deb/build.sh /srv/walship-*.tar.xz "
              "/srv/deb", BUILD_SECONDS, network=False)
    return next((clean.path / "srv/deb").glob("walship_*.deb"))


def test_it_is_what_this_machine_builds(built, suite, own, deb, directory):
    assert packages.deb_files(built) == packages.deb_files(deb)
    assert built.stat().st_size < packages.DEB_MAX
    if suite == own:
        ours, theirs = (packages.deb_content(one, directory / one.parent.name)
                        for one in (deb, built))
        assert ours == theirs


def test_lintian_finds_no_fault(built):
    packages.must_be_lintian_clean(built)


def test_apt_brings_it_and_it_ships(built, suite, frozen, receiver, directory,
                                    ended):
    bare = roots.Root(suite, "bare", directory)
    ended.append(bare)
    repository = bare.path / REPOSITORY.lstrip("/")
    repository.mkdir(parents=True)
    shutil.copy(built, repository)
    (repository / "Packages").write_text(subprocess.run(
        ["dpkg-scanpackages", "."], cwd=repository, check=True, text=True,
        capture_output=True).stdout)
    (bare.path / "etc/apt/sources.list.d/walship.list").write_text(
        f"deb [trusted=yes] file://{REPOSITORY} ./\n")
    bare.run("apt-get -q update && "
             "apt-get -q -y --no-install-recommends install walship")
    assert bare.run("walship --version").startswith("walship ")
    assert bare.run("stat -c %U:%G:%a /var/lib/walship /etc/walship").split() \
        == ["walship:walship:711", "root:walship:750"]

    shutil.copytree(frozen.data_dir, bare.path / "srv/data")
    (bare.path / CONFIG.lstrip("/")).write_text(to_yaml({
        "prometheus": {"data_dir": "/srv/data"}, "start": "oldest",
        "web": {"listen_address": ""},
        "remote_write": [{"url": receiver.url}]}))
    bare.run(f"chmod -R a+rX /srv && chgrp walship {CONFIG} && "
             f"chmod 640 {CONFIG}")
    as_walship = ["setpriv", "--reuid=walship", "--regid=walship",
                  "--init-groups", "walship"]
    bare.run(" ".join([*as_walship, "check-config", f"--config={CONFIG}"]))
    walship = Process("walship", bare.command(
        *as_walship, "run", f"--config={CONFIG}"), directory)
    ended.append(walship)
    walship.spawn()
    compare.delivered(frozen.truth, lambda: receiver.store, SECONDS)

    walship.kill()
    bare.run("apt-get -q -y purge walship")
    assert not (bare.path / "var/lib/walship").exists()


def test_the_tests_of_its_units_pass_there(clean, suite, own):
    if suite == own:
        pytest.skip("make check runs them on this machine")
    clean.run("mkdir -p /srv/check && cd /srv/check && ../tree/configure && "
              "make -j2", BUILD_SECONDS)
    clean.run("cd /srv/check && { make -k -j2 check >log 2>&1 || "
              "{ grep -E '^(FAIL|ERROR|not ok)' log; false; }; }",
              CHECK_SECONDS)
