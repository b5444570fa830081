"""pyodbc for the tests, on the machine's unixODBC or on the one that scripts/test.py fetched."""

from __future__ import annotations

import ctypes
import importlib
import os
from pathlib import Path

import pytest

from scripts import _debian

WHY = "pyodbc needs unixODBC (libodbc.so.2), which is not here and not for apt to fetch: apt install unixodbc"
_LIBRARIES = ("libltdl.so.7", "libodbcinst.so.2", "libodbc.so.2")
"""Each needs those before it."""


def _is_here() -> bool:
    if _can_import():
        return True
    # What a process has loaded is found by its name, wherever it lies.
    for name in _LIBRARIES:
        for library in _fetched().rglob(name):
            ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
    return _can_import()


def _can_import() -> bool:
    try:
        importlib.import_module("pyodbc")
    except ImportError:
        return False
    return True


def environment() -> dict[str, str]:
    """What a process of its own needs to find the libraries that this one found."""
    fetched = {str(library.parent) for name in _LIBRARIES for library in _fetched().rglob(name)}
    paths = [*filter(None, [os.environ.get("LD_LIBRARY_PATH")]), *sorted(fetched)]
    return {"LD_LIBRARY_PATH": os.pathsep.join(paths)} if paths else {}


def _fetched() -> Path:
    return _debian.unpacked(_debian.UNIX_ODBC)


IS_HERE = _is_here()
needed = pytest.mark.skipif(not IS_HERE, reason=WHY)
