"""SQLite's form of a query that is written once, in T-SQL: four rewritings, and no more.

    N'OWNER'                                    'OWNER'
    FROM Job AS j WITH (UPDLOCK, READPAST)      FROM Job AS j
    OFFSET 0 ROWS FETCH NEXT @n ROWS ONLY       LIMIT @n
    FROM OPENJSON(@ids) AS j                    FROM json_each(@ids) AS j
      with CAST(j.value AS UNIQUEIDENTIFIER)      with j.value, because ids are text there

Strings, comments and quoted names are not looked into, and every line stays the line it was: what an engine
says of a line is true of the file's. What else differs between the two is refused here, as far as single
words tell it and a sentence helps; the rest is for the engines' own parsers (SQLite's at start-up,
``scripts/check_tsql.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from app.db.sql_text import Token, tokens

# Those that lock, wait or choose a way; not those of bulk loads, and no dirty reads.
# https://learn.microsoft.com/sql/t-sql/queries/hints-transact-sql-table
TABLE_HINTS = (
    "FORCESCAN", "FORCESEEK", "HOLDLOCK", "NOWAIT", "PAGLOCK", "READCOMMITTED", "READCOMMITTEDLOCK",
    "READPAST", "REPEATABLEREAD", "ROWLOCK", "SERIALIZABLE", "TABLOCK", "TABLOCKX", "UPDLOCK", "XLOCK",
)  # fmt: skip
PAGE = "OFFSET 0 ROWS FETCH NEXT @n ROWS ONLY"
_BEFORE_A_TABLE = ("FROM", "JOIN", "UPDATE", "DELETE", "INTO")

_TWICE = "write the query twice, under '-- dialect:'"
_A_PAGE = f"write ORDER BY … {PAGE}"
_CAST, _COALESCE = "write CAST", "write COALESCE"
_TIME, _ID = "pass the time as a parameter", "pass the id as a parameter"
_UPSERT = "UPDATE, then INSERT and catch the unique violation"
# A key word as it is; a function with its parenthesis; two words where one says too little.
_TSQL = {
    "TOP": _A_PAGE, "OPTION": _TWICE, "CROSS APPLY": _TWICE, "OUTER APPLY": _TWICE, "DBO .": "leave it out",
    "OUTPUT INSERTED": _TWICE, "OUTPUT DELETED": _TWICE,
    "CONVERT (": _CAST, "TRY_CONVERT (": _CAST, "TRY_CAST (": _CAST, "ISNULL (": _COALESCE,
    "GETDATE (": _TIME, "GETUTCDATE (": _TIME, "SYSDATETIME (": _TIME, "SYSUTCDATETIME (": _TIME,
    "NEWID (": _ID, "LEN (": _TWICE, "DATALENGTH (": _TWICE, "CHARINDEX (": _TWICE, "STUFF (": _TWICE,
    "DATEADD (": _TWICE, "DATEDIFF (": _TWICE, "DATEPART (": _TWICE,
    "JSON_VALUE (": _TWICE, "JSON_QUERY (": _TWICE, "OPENJSON (": _TWICE, "STRING_SPLIT (": _TWICE,
}  # fmt: skip
_SQLITE = {
    "LIMIT": _A_PAGE, "RETURNING": _TWICE, "GLOB": _TWICE, "NULLS": _TWICE, "| |": _TWICE,
    "TRUE": "write 1", "FALSE": "write 0", "ON CONFLICT": _UPSERT, "OR IGNORE": _UPSERT,
    "IFNULL (": _COALESCE, "DATETIME (": _TIME, "STRFTIME (": _TIME, "JULIANDAY (": _TIME,
    "REPLACE INTO": _UPSERT, "RANDOMBLOB (": _ID, "LENGTH (": _TWICE, "INSTR (": _TWICE, "SUBSTR (": _TWICE,
    "GROUP_CONCAT (": _TWICE, "JSON_EXTRACT (": _TWICE, "JSON_EACH (": _TWICE,
}  # fmt: skip
_A_NUMBER = f"of a text makes a number in SQLite: {_TWICE}"
_UNLIKE = {
    "COLLATE": f"names a collation of one of them: {_TWICE}",
    "CURRENT_TIMESTAMP": f"is local time in one and UTC in the other: {_TIME}",
    "DATETIME2": _A_NUMBER, "DATETIMEOFFSET": _A_NUMBER, "UNIQUEIDENTIFIER": _A_NUMBER,
}  # fmt: skip


class _Edit(NamedTuple):
    start: int
    end: int
    text: str


Found = tuple[int, str]
"""Offset and message of what is refused."""
Refuse = Callable[[int, str], None]


class _Code:
    """A body without its comments. ``said`` are its tokens in upper case; a key word is equal to none but
    itself, because strings and quoted names keep their quotes."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.tokens: Sequence[Token] = [token for token in tokens(sql) if token[0] != "comment"]
        self.said = [text.upper() for _, text, _ in self.tokens]

    def offset(self, index: int) -> int:
        return self.tokens[index][2]

    def end(self, index: int) -> int:
        return self.offset(index) + len(self.tokens[index][1])

    def lines(self, start: int, end: int) -> str:
        """The line ends of a stretch."""
        return "\n" * self.sql.count("\n", start, end)


def sqlite_form(sql: str) -> tuple[str, list[Found]]:
    """The body as SQLite runs it, and what is refused; the offsets are those of ``sql``."""
    code = _Code(sql)
    found: list[Found] = []

    def refuse(offset: int, message: str) -> None:
        found.append((offset, message))

    of_arrays = [*_rows_of_arrays(code, refuse)]
    edits = [*_plain_strings(code), *_without_hints(code, refuse), *_limits(code, refuse), *of_arrays]
    _refuse_what_differs(code, of_arrays, refuse)
    return _edited(sql, sorted(edits)), found


def _edited(sql: str, edits: list[_Edit]) -> str:
    text, place = "", 0
    for edit in edits:
        text = _joined(text, sql[place : edit.start] + edit.text)
        place = edit.end
    return _joined(text, sql[place:])


def _joined(before: str, after: str) -> str:
    """With a blank where two tokens would grow together."""
    grow = before and after and _sticks(before[-1]) and _sticks(after[0])
    return f"{before} {after}" if grow else before + after


def _sticks(character: str) -> bool:
    return character.isalnum() or character in "_$@.'\"[]-"


# --- the four rewritings ------------------------------------------------------------------


def _plain_strings(code: _Code) -> Iterator[_Edit]:
    for kind, text, offset in code.tokens:
        if kind == "string" and text[0] in "Nn":
            yield _Edit(offset, offset + 1, "")


def _without_hints(code: _Code, refuse: Refuse) -> Iterator[_Edit]:
    for index, word in enumerate(code.said):
        if word != "WITH" or code.said[index + 1 : index + 2] != ["("]:
            continue  # the WITH of a common table expression has a name behind it
        if not _is_behind_a_table(code, index):
            refuse(code.offset(index), f"WITH (…) stands behind a table, and here is none: {_TWICE}")
            continue
        hints = list(takewhile(lambda said: said != ")", code.said[index + 2 :]))
        close = index + 2 + len(hints)
        if message := _hint_problem(hints, is_closed=close < len(code.said)):
            refuse(code.offset(index), message)
        else:
            yield _hint_edit(code, code.offset(index), code.end(close))


def _hint_problem(hints: Sequence[str], *, is_closed: bool) -> str | None:
    for hint in hints[::2]:
        if hint not in TABLE_HINTS:
            return f"{hint} is none of the table hints that a query may have: {', '.join(TABLE_HINTS)}"
    if not is_closed or len(hints) % 2 == 0 or set(hints[1::2]) - {","}:
        return "table hints are written WITH (HINT, HINT)"
    return None


def _hint_edit(code: _Code, start: int, end: int) -> _Edit:
    lines = code.lines(start, end)
    if code.sql[end : end + 1].strip() in ("", ")"):
        start = len(code.sql[:start].rstrip(" \t"))
    return _Edit(start, end, lines)


def _is_behind_a_table(code: _Code, index: int) -> bool:
    """Whether ``index`` follows [schema.]table [[AS] alias]."""
    place = index - 1
    if _is_name(code, place) and code.said[place - 1] == "AS":
        place -= 2
    elif _is_name(code, place) and _is_name(code, place - 1):
        place -= 1
    while place >= 2 and code.said[place - 1] == ".":
        place -= 2
    return place >= 1 and _is_name(code, place) and code.said[place - 1] in _BEFORE_A_TABLE


def _is_name(code: _Code, place: int) -> bool:
    return (
        place >= 0
        and code.tokens[place][0] in ("word", "quoted")
        and code.said[place] not in _BEFORE_A_TABLE
        and code.said[place] != "AS"
    )


def _limits(code: _Code, refuse: Refuse) -> Iterator[_Edit]:
    for index, word in enumerate(code.said):
        if word != "OFFSET" or code.said[index + 1 : index + 2] != ["0"]:
            continue  # paging by OFFSET is refused of every body
        before, after = code.said[index : index + 5], code.said[index + 6 : index + 8]
        if [*before, "@N", *after] != PAGE.upper().split() or not _is_count(code.tokens[index + 5]):
            refuse(code.offset(index), f"write {PAGE}, with a parameter or a whole number")
            continue
        if not _is_ordered(code.said[:index]):
            refuse(code.offset(index), f"T-SQL has {PAGE} only behind an ORDER BY")
        start, end = code.offset(index), code.end(index + 7)
        count = slice(code.offset(index + 5), code.end(index + 5))
        limit = f"LIMIT {code.sql[count]}"
        yield _Edit(start, end, code.lines(start, count.start) + limit + code.lines(count.stop, end))


def _is_count(token: Token) -> bool:
    kind, text, _ = token
    return kind == "param" or (kind == "number" and text.isdecimal())


def _is_ordered(said: Sequence[str]) -> bool:
    """Whether ORDER BY stands in the same parentheses, before the end."""
    depth = 0
    for word in reversed(said):
        depth += (word == ")") - (word == "(")
        if depth < 0:
            return False
        if depth == 0 and word == "ORDER":
            return True
    return False


def _rows_of_arrays(code: _Code, refuse: Refuse) -> Iterator[_Edit]:
    places = [index for index, word in enumerate(code.said) if word == "OPENJSON" and _is_array(code, index)]
    for index in places:
        yield _Edit(code.offset(index), code.end(index), "json_each")
    aliases = {code.said[index + 5] for index in places}
    for index, word in enumerate(code.said):
        if word not in aliases or code.said[index + 1 : index + 2] != ["."]:
            continue
        if code.said[index + 2 : index + 3] != ["VALUE"]:
            refuse(code.offset(index), f"of the columns of OPENJSON only value is the same in both: {_TWICE}")
        before, after = code.said[max(index - 2, 0) : index], code.said[index + 3 : index + 6]
        if before == ["CAST", "("] and after == ["AS", "UNIQUEIDENTIFIER", ")"]:
            start, end = code.offset(index - 2), code.end(index + 5)
            value = slice(code.offset(index), code.end(index + 2))
            lines = code.lines(start, value.start) + code.lines(value.stop, end)
            yield _Edit(start, end, code.sql[value] + lines)


def _is_array(code: _Code, index: int) -> bool:
    """Whether OPENJSON stands there as FROM OPENJSON(@ids) AS j."""
    kinds = [kind for kind, _, _ in code.tokens[index + 1 : index + 6]]
    said = code.said[max(index - 1, 0) : index + 5]
    return kinds in (
        ["other", "param", "other", "word", "word"],
        ["other", "param", "other", "word", "quoted"],
    ) and [said[0], said[2], *said[4:]] in (["FROM", "(", ")", "AS"], ["JOIN", "(", ")", "AS"])


# --- what the rewritings leave different ---------------------------------------------------


def _refuse_what_differs(code: _Code, edits: Sequence[_Edit], refuse: Refuse) -> None:
    said = [*code.said, ""]
    for index, (kind, _, offset) in enumerate(code.tokens):
        if any(edit.start <= offset < edit.end for edit in edits):
            continue  # it is not there any more
        word, pair = said[index], f"{said[index]} {said[index + 1]}"
        if kind == "quoted" and word[0] == "[":
            refuse(offset, f'{word} is T-SQL alone: write "{code.tokens[index][1][1:-1]}"')
        elif kind == "system":
            refuse(offset, f"{word} is T-SQL alone: {_TWICE}")
        elif word == "+" and _is_beside_a_string(code, index):
            refuse(offset, f"+ joins texts in T-SQL and adds numbers in SQLite: {_TWICE}")
        elif kind not in ("word", "other") or (index and said[index - 1] == "."):
            continue  # a value, or a column by its table
        elif instead := _TSQL.get(word) or _TSQL.get(pair):
            refuse(offset, f"{word} is T-SQL alone: {instead}")
        elif instead := _SQLITE.get(word) or _SQLITE.get(pair):
            refuse(offset, f"{word} is SQLite's, and a body for both is T-SQL: {instead}")
        elif word in _UNLIKE:
            refuse(offset, f"{word} {_UNLIKE[word]}")


def _is_beside_a_string(code: _Code, index: int) -> bool:
    return any(kind == "string" for kind, _, _ in code.tokens[max(index - 1, 0) : index + 2])
