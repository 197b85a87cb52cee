# SPDX-License-Identifier: Apache-2.0
"""The rpm, beside the deb, and on a machine: its installation, upgrade and
erasure.  The machine is a Debian, whose own packages rpm does not know."""

import hashlib
import json
import re
import shutil
import subprocess
import sys

import pytest

from rig import binaries, packages
from rig.installed import CONFIG, configure, delivered, main_pid, owners
from rig.machine import Machine, PackagedPrometheus
from rig.receiver import RecordingReceiver

pytestmark = pytest.mark.xdist_group("machine")

TOP = packages.TOP / "packaging" / "rpm"
RPM = f"rpm --dbpath {packages.RPM_DB}"
SPOOLS = r"/.*/walship-spool(\.[^/]+)?(/.*)?"


@pytest.fixture(scope="module")
def rpms(tmp_path_factory):
    """Paths of two releases of the rpm."""
    why = packages.why_not("rpmbuild")
    if why:
        pytest.skip(why)
    return packages.build_rpms(tmp_path_factory.mktemp("rpm"))


def there(files):
    """Those ${files} that both packages must have, by the paths at which both
    distributions have them."""
    found = {}
    for path, what in files.items():
        if path.startswith("/lib/"):
            path = "/usr" + path
        path = path.replace("zsh/vendor-completions", "zsh/site-functions")
        if not path.startswith(("/usr/share/doc", "/usr/share/licenses",
                                "/usr/lib/.build-id", "/usr/share/lintian")):
            found[path] = what
    return found


def test_the_same_files_as_in_the_deb(deb, rpms):
    ours = there(packages.rpm_files(rpms[0]))
    theirs = there(packages.deb_files(deb))
    # The directories that it shares with all others are in the deb only.
    assert ours == {path: theirs[path] for path in ours}
    assert all(theirs[path][0].startswith("d")
               for path in set(theirs) - set(ours)), set(theirs) - set(ours)
    documents = {path for path in packages.rpm_files(rpms[0]) if "doc" in path}
    assert {path.removesuffix(".gz") for path in packages.deb_files(deb)} > \
        documents


def test_rpmlint_finds_no_fault(rpms):
    if not shutil.which("rpmlint"):
        pytest.skip("there is no rpmlint here")
    done = subprocess.run(
        ["rpmlint", "--strict", "--config", TOP / "rpmlint.toml", rpms[0],
         TOP / "walship.spec"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False)
    assert done.returncode == 0, done.stdout
    assert "0 errors, 0 warnings" in done.stdout


def test_the_bill_of_materials_names_all_that_is_linked(deb, rpms, tmp_path):
    for path in (deb, rpms[0]):
        shutil.copy(path, tmp_path)
    made = []
    for _ in range(2):
        subprocess.run([sys.executable, TOP.parent / "sbom.py", tmp_path],
                       check=True)
        made.append((tmp_path / "walship.spdx.json").read_bytes())
    assert made[0] == made[1]
    bill = json.loads(made[0])
    files = {one["packageFileName"]: one for one in bill["packages"]
             if "packageFileName" in one}
    assert set(files) == {deb.name, rpms[0].name}
    assert files[deb.name]["checksums"][0]["checksumValue"] == \
        hashlib.sha256(deb.read_bytes()).hexdigest()
    libraries = {one["name"] for one in bill["packages"]} - {"walship"}
    for path in (deb, rpms[0]):
        linked = {one["relatedSpdxElement"].removeprefix("SPDXRef-library-")
                  for one in bill["relationships"]
                  if one["spdxElementId"] == files[path.name]["SPDXID"]}
        assert linked == libraries
    notice = (TOP.parent / "NOTICE").read_text()
    assert all(f"  {library} " in notice for library in libraries)
    needed = subprocess.run(["readelf", "-d", binaries.walship()], check=True,
                            capture_output=True, text=True).stdout
    needed = set(re.findall(r"\[(lib[a-z0-9-]+)\.so", needed)) - {
        "libc", "libm", "libasan", "libubsan", "libssl"}
    assert len(needed) == len(libraries), (needed, libraries)


@pytest.mark.full
def test_two_builds_are_the_same_bytes(deb, rpms, tmp_path):
    made = [packages.build_deb(tmp_path / "deb"),
            packages.build_rpms(tmp_path / "rpm")[0]]
    assert [path.read_bytes() for path in made] == [
        deb.read_bytes(), rpms[0].read_bytes()]


def make_selinux(host):
    """What tells of labels there writes down how it was called."""
    host.put("/usr/sbin/selinuxenabled", "#!/bin/sh\n")
    host.put("/usr/sbin/semanage", "#!/bin/sh\necho \"$*\" >>/root/semanage\n")
    for name in ("selinuxenabled", "semanage"):
        host.path(f"/usr/sbin/{name}").chmod(0o755)


def test_from_installation_to_erasure(machines, directory, rpms, ended):
    receiver = RecordingReceiver()
    host = Machine(directory)
    ended.extend((receiver, host))
    make_selinux(host)
    # As into an image: nothing runs there.
    subprocess.run(["rpm", f"--root={host.root}", "--dbpath", packages.RPM_DB,
                    "-i", "--nodeps", rpms[0]], check=True)
    host.start()
    assert host.says("stat -c %U:%G:%a /var/lib/walship /var/lib/walship-spool "
                     "/etc/walship").split() == [
        "walship:walship:711", "walship:walship:700", "root:walship:750"]
    assert SPOOLS in host.path("/root/semanage").read_text()

    source = PackagedPrometheus(host)
    before = owners(host)
    configure(host, receiver.url)
    host.run("systemctl enable --now walship")
    delivered(source, receiver)

    for number, rpm in enumerate(rpms):
        shutil.copy(rpm, host.path(f"/root/{number}.rpm"))
    # An upgrade goes on as the new version.
    old = main_pid(host)
    host.says(f"{RPM} -U --nodeps /root/1.rpm")
    assert main_pid(host) not in (0, old)
    assert host.says("systemctl is-enabled walship") == "enabled"
    delivered(source, receiver)

    # One that does not take the configuration leaves the other at work.
    old = main_pid(host)
    host.run(f"sed -i 's/^start:/strat:/' {CONFIG}")
    said = host.says(f"{RPM} -U --nodeps --oldpackage /root/0.rpm 2>&1")
    assert "strat" in said and "systemctl restart walship" in said
    assert main_pid(host) == old
    host.run(f"sed -i 's/^strat:/start:/' {CONFIG}")
    host.run("systemctl restart walship")

    # Erased, it leaves its state and its configuration; put back, it goes on.
    host.says(f"{RPM} -e walship")
    assert host.show("walship", "ActiveState") in ("inactive", "failed")
    assert not host.path("/usr/bin/walship").exists()
    assert host.path(CONFIG).exists()
    assert list(host.path("/var/lib/walship").glob("*.position"))
    assert f"-d {SPOOLS}" in host.path("/root/semanage").read_text()
    host.says(f"{RPM} -i --nodeps /root/1.rpm")
    host.run("systemctl start walship")
    delivered(source, receiver)
    assert not receiver.faults
    assert before.items() <= owners(host).items()
