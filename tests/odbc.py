"""pyodbc for the tests, on the machine's unixODBC or on the one that scripts/test.py fetched."""

from __future__ import annotations

import ctypes
import importlib

import pytest

from scripts import _debian

WHY = "pyodbc needs unixODBC (libodbc.so.2), which is not here and not for apt to fetch: apt install unixodbc"
_LIBRARIES = ("libltdl.so.7", "libodbcinst.so.2", "libodbc.so.2")
"""Each needs those before it."""


def _is_here() -> bool:
    if _can_import():
        return True
    # What a process has loaded is found by its name, wherever it lies.
    fetched = _debian.unpacked(_debian.UNIX_ODBC)
    for name in _LIBRARIES:
        for library in fetched.rglob(name):
            ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
    return _can_import()


def _can_import() -> bool:
    try:
        importlib.import_module("pyodbc")
    except ImportError:
        return False
    return True


IS_HERE = _is_here()
needed = pytest.mark.skipif(not IS_HERE, reason=WHY)
