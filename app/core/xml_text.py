"""Text within XML 1.0."""

import re
from html import escape

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """As XML holds it, also within quotation marks: what it has no characters for is U+FFFD."""
    return escape(_NOT_XML.sub("\ufffd", text))
