"""Files of Debian packages for the tests, without root and without touching the system: fetched with apt's
own checks into a cache and unpacked there. Debian and Ubuntu; elsewhere there are none. Standard library
only."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts import _cache

CACHE = _cache.CACHE / "debian"
# SQLite's ODBC driver, which the tests of SQL Server's pool run on, and what it is linked against.
SQLITE_ODBC = ("libsqliteodbc", "libsqlite3-0")
# The ODBC driver manager, which pyodbc is linked against: its wheel does not bring it.
UNIX_ODBC = ("libodbc2", "libodbcinst2", "libltdl7")
# Redis, which the tests of rate limits across processes run on; the server is in the package of its tools.
REDIS = ("redis-tools", "libjemalloc2", "liblzf1")

# clamd, which the tests of scans run on, and what of its libraries may not be there.
CLAMD = ("clamav-daemon", "libclamav12", "libmspack0", "libjson-c5", "libxml2", "libncurses6", "libtinfo6")

# RabbitMQ and the Erlang that it runs on, which the tests of workers behind a broker run on.
RABBITMQ = (
    "rabbitmq-server",
    "erlang-base",
    *(
        f"erlang-{part}"
        for part in (
            *("asn1", "crypto", "eldap", "ftp", "inets", "mnesia", "os-mon", "parsetools", "public-key"),
            *("runtime-tools", "snmp", "ssl", "syntax-tools", "tftp", "tools", "xmerl"),
        )
    ),
)

# The browser that the tests of the console and of sign-in run in: one of these, as it is installed, or else
# the one without a window, with all that it needs and this machine lacks. A window needs the rest.
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = ("chromium-headless-shell", "fonts-dejavu-core", "fontconfig-config")
_UNNEEDED = (
    "libc6",
    "libgl1",
    "libglapi",
    "libglvnd",
    "libglx",
    "libicu",
    "libllvm",
    "libxml2",
    "libz3",
    "x11-",
    "xdg-",
)


def ensure(packages: tuple[str, ...], *, with_needed: bool = False) -> Path | None:
    """Where the packages lie unpacked, fetched if need be, and ``with_needed`` what they need and the machine
    lacks; None where apt is not or cannot."""
    place = unpacked(packages)
    if place.exists():
        return place
    if sys.platform != "linux" or not all(map(shutil.which, ("apt-get", "dpkg-deb"))):
        return None
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as directory:
        scratch = Path(directory)
        if not _download(scratch, packages, with_needed=with_needed):
            return None
        for package in scratch.glob("*.deb"):
            if _run(["dpkg-deb", "--extract", str(package), str(scratch / "unpacked")], scratch) is None:
                return None
        return _cache.keep(scratch / "unpacked", place)


def unpacked(packages: tuple[str, ...]) -> Path:
    """Where ``ensure`` puts them."""
    return CACHE / packages[0]


def _download(scratch: Path, packages: tuple[str, ...], *, with_needed: bool) -> bool:
    """With lists of its own: the system's may be missing, and are root's to renew."""
    lists = scratch / "lists" / "partial"
    archives = scratch / "archives" / "partial"
    for each in (lists, archives):
        each.mkdir(parents=True)
    apt = ["apt-get", "-qq", "-o", f"Dir::State::lists={lists.parent}", "-o", f"Dir::Cache={archives.parent}"]
    apt += ["-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=3"]
    if _run([*apt, "update"], scratch) is None:
        return False
    if with_needed:
        # Installs nothing: it tells what it would fetch.
        options = ["-o", "Debug::NoLocking=1", "--no-install-recommends", "--print-uris", "-y"]
        told = _run([*apt, *options, "install", *packages], scratch)
        names = re.findall(r"^'\S+' ([^_ ]+)_", told or "", re.MULTILINE)
        packages = tuple(name for name in names if not name.startswith(_UNNEEDED))
    return bool(packages) and _run([*apt, "download", *packages], scratch) is not None


def _run(command: list[str], directory: Path) -> str | None:
    """What it says; None where it failed."""
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None
