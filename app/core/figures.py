"""Exact figures: whole numbers of millionths inside and in the database, decimal text outside. No binary
floating point on the way, so what is sent is what is answered, without a trailing zero."""

import re

ONE = 1_000_000
LARGEST = 10**12
"""Either way, in whole units: what BIGINT holds of it in millionths, with room to take differences."""
PATTERN = r"^-?[0-9]{1,13}(\.[0-9]{1,6})?$"
_FIGURE = re.compile(PATTERN, re.ASCII)


def parse_figure(text: str) -> int:
    """Millionths. Raises ``ValueError`` for anything but decimal digits, more than six of them behind the
    point, or more than ``LARGEST``."""
    if not _FIGURE.fullmatch(text):
        raise ValueError("must be a decimal number such as 12.5, with six digits behind the point at most")
    whole, _, rest = text.lstrip("-").partition(".")
    millionths = int(whole) * ONE + int(rest.ljust(6, "0"))
    if millionths > LARGEST * ONE:
        raise ValueError("must lie between -1000000000000 and 1000000000000")
    return -millionths if text.startswith("-") else millionths


def figure_text(millionths: int) -> str:
    whole, rest = divmod(abs(millionths), ONE)
    text = f"{whole}.{rest:06}".rstrip("0").rstrip(".")
    return f"-{text}" if millionths < 0 else text
