"""What is said of a file and the virus scanner, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ScanStatus = Literal["PENDING", "CLEAN", "INFECTED", "SKIPPED", "ERROR"]
ScanPolicy = Literal["off", "flag", "block_until_clean"]


@dataclass(frozen=True, slots=True)
class ScanRules:
    policy: ScanPolicy
    most_bytes: int | None
    """What the scanner looks at; None where there is none."""

    def is_scanned(self, size: int) -> bool:
        return self.policy != "off" and self.most_bytes is not None and size <= self.most_bytes

    def at_first(self, size: int) -> ScanStatus:
        """The status of a file that has just come."""
        return "PENDING" if self.is_scanned(size) else "SKIPPED"

    def is_handed_out(self, status: str, *, by_link: bool = False) -> bool:
        """What was found infected is not, by any policy. A link outlives what is found after it was made, so
        there is none for what is still to be looked at."""
        if self.policy == "block_until_clean":
            return status == "CLEAN"
        if self.policy == "flag" and by_link:
            return status in ("CLEAN", "SKIPPED")
        return status != "INFECTED"
