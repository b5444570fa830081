"""Pictures of workflows as answers: an image, or its text where ``Accept`` prefers that."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import Response

from app.core.workflow_pictures import Shown, mermaid, svg

_SVG, _MERMAID, _PLAIN = "image/svg+xml", "text/vnd.mermaid", "text/plain"
_OFFERS = (_SVG, _MERMAID, _PLAIN)
_RANGE = re.compile(r"\s*([\w!#$&^.+*-]+/[\w!#$&^.+*-]+)\s*((?:;[^,]*)?)")
_WEIGHT = re.compile(r";\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*(?:;|$)", re.IGNORECASE)
HARMLESS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Content-Disposition": "inline",
    "Cache-Control": "private, no-cache",
}
"""Headers of a picture: it is shown, and runs, loads and sends nothing, whatever is in it."""
PICTURE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture. It holds no script and refers to nothing.",
        "content": {
            _SVG: {"schema": {"type": "string"}},
            _MERMAID: {"schema": {"type": "string"}},
            _PLAIN: {"schema": {"type": "string"}},
        },
    }
}
"""For ``responses``."""


async def _accept(request: Request) -> str:
    return ", ".join(request.headers.getlist("accept"))


AcceptDep = Annotated[str, Depends(_accept)]


def drawn(nodes: Sequence[Shown], edges: Sequence[tuple[int, int]], accept: str) -> Response:
    """``edges`` are pairs of places in ``nodes``, where each node comes after all that it waits for."""
    kind = preferred(accept)
    text = svg(nodes, edges) if kind == _SVG else mermaid(nodes, edges)
    return Response(text, 200, {**HARMLESS, "Vary": "Accept"}, kind)


def preferred(accept: str) -> str:
    """Which of what there is suits best (RFC 9110 section 12.5.1); the image, where nothing does."""
    weights = {
        match[1].lower(): float(weight[1]) if (weight := _WEIGHT.search(match[2])) else 1.0
        for match in map(_RANGE.fullmatch, accept.split(","))
        if match
    }

    def weight_of(offer: str) -> float:
        names = (offer, f"{offer.partition('/')[0]}/*", "*/*")
        return next((weights[name] for name in names if name in weights), 0.0)

    return max(_OFFERS, key=weight_of)
