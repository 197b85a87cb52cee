# SPDX-License-Identifier: Apache-2.0
"""Plays the guest agent of an Azure VM towards the handler of an extension,
on a system whose package manager and systemd are played as well."""

import base64
import json
import os
import pathlib
import shutil
import signal
import stat
import subprocess
import zipfile

from . import binaries

NAME = "Example.Walship"
KINDS = ("transitioning", "error", "success", "warning")

# What stands for the programs of the system; ${STATE} is where they remember.
PROGRAMS = {
    "systemctl": """
echo "$*" >>"$STATE/systemctl"
[ ! -e "$STATE/systemctl.slow" ] || sleep 60
if [ -e "$STATE/systemctl.fails" ]; then
    echo "Job for $2 failed."
    exit 1
fi
""",
    "apt-get": """
echo "$*" >>"$STATE/apt-get"
[ ! -e "$STATE/apt-get.slow" ] || sleep 60
if [ -e "$STATE/apt-get.locked" ]; then
    rm "$STATE/apt-get.locked"
    echo 'E: Could not get lock /var/lib/dpkg/lock-frontend.'
    exit 100
fi
if [ -e "$STATE/apt-get.fails" ]; then
    cat "$STATE/apt-get.fails"
    exit 100
fi
case " $* " in
*' remove '*) rm -f "$STATE/installed" ;;
*' install '*) for last; do :; done; cat "$last" >"$STATE/installed" ;;
esac
[ ! -e "$STATE/apt-get.slow-at-last" ] || sleep 60
""",
    "dpkg-query": """
[ -e "$STATE/installed" ] || exit 1
echo "installed $(cat "$STATE/installed")"
""",
    "dpkg-deb": 'cat "$2"\n',
    "walship": """
case $1 in
status) cat "$STATE/status"; exit 1 ;;
*) [ -e "$STATE/installed" ] || exit 127; exec "$WALSHIP" "$@" ;;
esac
""",
    "walship-setup": """
echo "$*" >>"$STATE/walship-setup"
case $1 in
--find) cat "$STATE/found" 2>/dev/null || exit 4 ;;
esac
""",
}


class System:
    """A machine of directories below ${directory}."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.root = self.directory / "root"
        self.state = self.directory / "state"
        self.waagent = self.root / "var/lib/waagent"
        programs = self.directory / "programs"
        for path in (self.waagent, self.state, programs,
                     self.root / "etc/walship"):
            path.mkdir(parents=True)
        self.check_config.parent.mkdir(parents=True)
        for path, text in [
                (self.check_config, 'shift\nexec walship check-config "$1"\n'),
                *((programs / name, text) for name, text in PROGRAMS.items())]:
            path.write_text(f"#!/bin/sh\n{text}")
            path.chmod(0o755)
        self.env = {"PATH": f"{programs}:/usr/bin:/bin",
                    "STATE": str(self.state),
                    "WALSHIP": str(binaries.walship())}

    @property
    def config(self):
        return self.root / "etc/walship/walship.yml"

    @property
    def check_config(self):
        """Of the package: it checks as the unit named would."""
        return self.root / "usr/share/walship/check-config"

    def flag(self, name, text=""):
        """Have a program behave as ${name} says."""
        (self.state / name).write_text(text)
        return self.state / name

    def ran(self, name):
        """With what the program ${name} was run since asked last."""
        path = self.state / name
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines

    def installed(self):
        path = self.state / "installed"
        return path.read_text().strip() if path.exists() else None

    def make_certificate(self, thumbprint=None):
        """A certificate with its key where the agent keeps them; its
        thumbprint, or that under which it is to lie."""
        cert, key = self.directory / "cert.pem", self.directory / "key.pem"
        _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                 "-subj", "/CN=machine", "-keyout", key, "-out", cert)
        said = _openssl("x509", "-in", cert, "-noout", "-fingerprint", "-sha1")
        name = thumbprint or \
            said.decode().strip().split("=")[1].replace(":", "")
        shutil.copy(cert, self.waagent / f"{name}.crt")
        shutil.copy(key, self.waagent / f"{name}.prv")
        return name

    def protect(self, settings, cipher="-aes256"):
        """The ${settings} as Azure sends those that are protected."""
        der = _openssl("cms", "-encrypt", "-binary", cipher, "-outform", "DER",
                       "-recip", self.directory / "cert.pem",
                       text=json.dumps(settings).encode())
        return base64.b64encode(der).decode()


def _openssl(*argv, text=b""):
    return subprocess.run(["openssl", *map(str, argv)], input=text, check=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


def _handler():
    return (pathlib.Path(binaries.walship()).parent /
            "packaging/azure/extension/walship-extension")


def why_not():
    """Why no extension can be packed here, or None if it can."""
    for name in ("zip", "openssl"):
        if not shutil.which(name):
            return f"{name} is missing"
    if not _handler().is_file():
        return "the walship under test does not lie where it was built"
    return None


def pack(directory, version):
    """The zip of the handler under test as ${version}, with packages of that
    version."""
    directory = pathlib.Path(directory) / f"pack-{version}"
    directory.mkdir()
    packages = []
    for machine in ("amd64", "arm64"):
        package = directory / f"walship_{version}_{machine}.deb"
        package.write_text(f"{version}\n")
        packages.append(package)
    handler = _handler()
    other = directory / "walship-extension"
    # Nothing runs it here: all that counts is for which machine it says to be.
    other.write_bytes(bytes(18) + b"\xb7\0" + bytes(44))
    if handler.read_bytes()[18:20] == b"\xb7\0":
        other.write_bytes(bytes(18) + b"\x3e\0" + bytes(44))
    return pack_files(directory, version, [handler, other, *packages])


def pack_files(directory, version, files):
    """The zip of those ${files}, packed as the real one is."""
    said = subprocess.run(
        [binaries.TOP / "packaging/azure/extension/build.sh", "--publisher",
         "Example", version, directory, *files],
        stdout=subprocess.PIPE, check=True, text=True).stdout
    return pathlib.Path(said.strip())


def unpack(archive, directory):
    """What the agent makes of a zip: all that is in it can be run."""
    with zipfile.ZipFile(archive) as file:
        file.extractall(directory)
    for path in pathlib.Path(directory).rglob("*"):
        if path.is_file():
            path.chmod(path.stat().st_mode | stat.S_IXUSR)


class Handler:
    """One version of the handler, unpacked on the ${system}."""

    def __init__(self, system, archive, version):
        self.system = system
        self.version = version
        self.dir = system.waagent / f"{NAME}-{version}"
        self.logs = system.root / "var/log/azure" / NAME
        unpack(archive, self.dir)
        for name in ("config", "status"):
            (self.dir / name).mkdir(mode=0o700)
        manifest = json.loads((self.dir / "HandlerManifest.json").read_text())
        self.manifest = manifest[0]["handlerManifest"]
        self.write_environment([{
            "name": NAME, "version": 1.0, "handlerEnvironment": {
                "logFolder": str(self.logs),
                "configFolder": str(self.dir / "config"),
                "statusFolder": str(self.dir / "status"),
                "heartbeatFile": str(self.dir / "heartbeat.log"),
                "eventsFolder": str(self.logs / "events")}}])

    def write_environment(self, environment):
        (self.dir / "HandlerEnvironment.json").write_text(
            json.dumps(environment))

    def settings(self, number, public=None, protected=None, thumbprint=None):
        """Give it the settings ${number}."""
        self.write_settings(number, json.dumps({"runtimeSettings": [{
            "handlerSettings": {
                "publicSettings": public, "protectedSettings": protected,
                "protectedSettingsCertThumbprint": thumbprint}}]}))

    def write_settings(self, number, text):
        (self.dir / "config" / f"{number}.settings").write_text(text)

    def begin(self, command, number=None, **env):
        """Start the manifest's ${command} as the agent does."""
        words = self.manifest[f"{command}Command"]
        env = {**self.system.env, **env,
               "AZURE_GUEST_AGENT_EXTENSION_PATH": str(self.dir),
               "AZURE_GUEST_AGENT_EXTENSION_VERSION": self.version}
        if number is not None:
            env["ConfigSequenceNumber"] = str(number)
        return subprocess.Popen(
            f"{self.dir}/{words} --root {self.system.root}", shell=True,
            cwd=self.dir, env=env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True)

    def run(self, command, number=None, **env):
        """Run it to its end; (exit status, what it wrote)."""
        child = self.begin(command, number, **env)
        said, _ = child.communicate(timeout=300)
        return child.returncode, said

    def kill(self, child):
        """End ${child} as the agent does when it takes too long."""
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()

    def watcher(self):
        """The words by which systemd runs the watcher, or None."""
        unit = self.system.root / "run/systemd/system/walship-extension.service"
        if not unit.exists():
            return None
        return next(line.removeprefix("ExecStart=").split()
                    for line in unit.read_text().splitlines()
                    if line.startswith("ExecStart="))

    def status(self, number):
        """What the agent reports of the settings ${number}, or None."""
        path = self.dir / "status" / f"{number}.status"
        if not path.exists():
            return None
        assert path.stat().st_size <= 128 << 10
        status = json.loads(path.read_text())[0]["status"]
        assert status["status"] in KINDS and isinstance(status["code"], int)
        assert {"lang", "message"} <= status["formattedMessage"].keys()
        return status

    def heartbeat(self):
        """(status, message) of the heartbeat."""
        beat = json.loads((self.dir / "heartbeat.log").read_text())
        beat = beat[0]["heartbeat"]
        return beat["status"], beat["formattedMessage"]["message"]

    def log(self):
        path = self.logs / "walship-extension.log"
        return path.read_text() if path.exists() else ""

    def applied(self):
        path = self.dir / "mrseq"
        return path.read_text() if path.exists() else None


def replace(old, new, number):
    """Replace the handler ${old} by ${new}, in the agent's order; what each
    command's exit status was."""
    # The one that is newer is told of it.
    def order(handler):
        return [int(part) for part in handler.version.split(".")]
    updater = new if order(new) > order(old) else old
    done = [old.run("disable")[0]]
    for path in [old.dir / "mrseq", *(old.dir / "status").iterdir()]:
        if path.exists():
            shutil.copy(path, new.dir / path.relative_to(old.dir))
    done.append(updater.run(
        "update", VERSION=new.version,
        AZURE_GUEST_AGENT_UPDATING_FROM_VERSION=old.version)[0])
    done.append(old.run("uninstall")[0])
    shutil.rmtree(old.dir)
    done.append(new.run("install", number)[0])
    done.append(new.run("enable", number)[0])
    return done
