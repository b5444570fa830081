"""A disk that is full, without a disk and without root: the kernel refuses to let files grow past a size."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def full_beyond(size: int) -> Iterator[None]:
    """No file of this process grows beyond ``size`` bytes; a write that would is an error (EFBIG)."""
    resource = pytest.importorskip("resource", reason="this system has no limits of this kind")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
