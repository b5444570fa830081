"""Values as the text that queries take apart again (OPENJSON, json_each)."""

import msgspec


def as_json(value: object) -> str:
    return msgspec.json.encode(value).decode()
