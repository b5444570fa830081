"""Remembers verified tokens by their SHA-256, never by their text. Bounded: the least used goes first."""

import hashlib
from typing import Generic, TypeVar

from cachetools import LRUCache

V = TypeVar("V")


class TokenCache(Generic[V]):
    """Holds what a verification found. Whoever takes it out checks again what time can change."""

    def __init__(self, size: int) -> None:
        self._entries: LRUCache[bytes, V] = LRUCache(maxsize=size)
        self._size = size

    def get(self, token: str) -> V | None:
        return self._entries.get(self._key(token))

    def put(self, token: str, value: V) -> None:
        if self._size:
            self._entries[self._key(token)] = value

    def drop(self, token: str) -> None:
        self._entries.pop(self._key(token), None)

    @staticmethod
    def _key(token: str) -> bytes:
        return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
