"""What concerns many rows, a batch at a time.

SQL Server takes the lock of a whole table, of every workspace, for a statement that holds 5000 rows of it
(https://learn.microsoft.com/sql/relational-databases/sql-server-transaction-locking-and-row-versioning-guide,
"Lock escalation"): a batch has fewer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

BATCH = 2000


async def in_batches(some: Callable[..., Awaitable[int]]) -> None:
    """``some`` changes at most ``batch`` rows, which it finds no more when it is called again, and answers
    how many. All in the transaction that it is of."""
    while await some(batch=BATCH) == BATCH:
        pass
