"""Judges what a PostgreSQL is to be asked: exactly one SELECT, made of what is known to have no effect.

Everything that stands in it has to be in the lists below; what is in none is refused, functions too. A
read-only transaction is not enough: in one ``pg_read_file``, ``pg_terminate_backend``, ``set_config``,
``nextval`` and ``COPY … TO PROGRAM`` act all the same. What is sent is what was judged, written anew from
what was understood, so a text that a server reads otherwise does not reach one.

sqlglot is loaded by the first query that is judged: whoever has no connector pays nothing for it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from app.core.connector_errors import QueryRefused

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.expressions.core import Expr

MOST_CHARACTERS = 10_000
_MOST_TOKENS = 2_500
_DEEPEST, _DEEPEST_BRACKETS, _MOST_BRACKETS = 24, 5, 100
"""sqlglot takes twice as long for each bracket within another."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ROOTS = _names("Union Except Intersect Select Values")
_PARTS = _names(
    """
    Subquery With CTE From Join Where Group Having Order Ordered Limit Offset Fetch LimitOptions Distinct
    Lateral Alias Aliases TableAlias Table TableSample Column Identifier Star Var Window WindowSpec Filter
    WithinGroup Cube Rollup GroupingSets IgnoreNulls RespectNulls Literal RawString Null Boolean Interval
    Tuple Paren Bracket Slice DataType DataTypeParam And Or Not EQ NEQ GT GTE LT LTE Is Between In Like
    ILike SimilarTo Escape Any All Exists Add Sub Mul Div IntDiv Mod Pow Neg DPipe BitwiseAnd BitwiseOr
    BitwiseXor BitwiseNot BitwiseLeftShift BitwiseRightShift AtTimeZone Collate RegexpLike RegexpILike
    ArrayContainsAll ArrayContainedBy ArrayOverlaps JSONPath JSONPathRoot JSONPathKey JSONPathSubscript If
    Lambda
    """
)
"""Of a query, beside what is a function: the names of sqlglot's classes."""
_FUNCTIONS = _names(
    """
    And Or Case Cast Coalesce Nullif Greatest Least Extract Count Sum Avg Min Max ArrayAgg GroupConcat
    LogicalAnd LogicalOr Stddev StddevPop StddevSamp Variance VariancePop Corr CovarPop CovarSamp
    RegrSlope RegrIntercept RegrR2 RegrCount RegrAvgx RegrAvgy PercentileCont PercentileDisc Mode Grouping
    RowNumber Rank DenseRank PercentRank CumeDist Ntile Lag Lead FirstValue LastValue NthValue
    JSONArrayAgg JSONObjectAgg JSONBObjectAgg Abs Ceil Floor Round Trunc Pow Sqrt Cbrt Exp Ln Log Sign Mod
    WidthBucket Degrees Radians Pi Sin Cos Tan Acos Asin Atan Atan2 Factorial Rand IsNan Lower Upper
    Initcap Length Left Right Substring Trim StrPosition Replace Translate SplitPart Concat ConcatWs
    Reverse RegexpReplace RegexpCount RegexpSubstr RegexpInstr RegexpExtract RegexpLike RegexpILike
    StartsWith Ascii Chr MD5 ToChar TimeToStr ToNumber CurrentDate CurrentTime CurrentTimestamp Localtime
    Localtimestamp TimestampTrunc DateTrunc StrToDate StrToTime UnixToTime JustifyDays JustifyHours
    JustifyInterval DateFromParts MakeInterval Array ArraySize ArrayContains ArrayContainsAll
    ArrayContainedBy ArrayOverlaps ArrayToString ArrayPosition StringToArray Unnest Explode GenerateSeries
    ExplodingGenerateSeries JSONExtract JSONExtractScalar JSONBExtract JSONBExtractScalar JSONBContains
    JSONObject JSONArray Exists
    """
)
"""And operators, by sqlglot's classes."""
_BY_NAME = _names(
    """
    age avg bit_and bit_length bit_or bool_and bool_or btrim cardinality ceiling char_length
    character_length clock_timestamp count cume_dist date_bin date_part dense_rank div every extract
    format_date gcd lcm log10 json_agg json_array_elements json_array_elements_text json_array_length
    json_build_array json_build_object json_each json_each_text json_extract_path json_extract_path_text
    json_object_agg json_object_keys json_typeof jsonb_agg jsonb_array_elements jsonb_array_elements_text
    jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text jsonb_extract_path
    jsonb_extract_path_text jsonb_object_agg jsonb_object_keys jsonb_typeof ltrim make_date make_time
    make_timestamp make_timestamptz max min mode num_nonnulls num_nulls octet_length power range_agg
    regexp_match regexp_split_to_array row_to_json rtrim scale row statement_timestamp stddev_pop
    stddev_samp starts_with strpos to_json to_jsonb transaction_timestamp trim_scale trunc unnest
    upper_inf var_pop var_samp
    """
)
"""Functions that sqlglot has no class for, as PostgreSQL calls them."""
_TYPES = _names(
    """
    ARRAY BIGINT BIT BOOLEAN CHAR DATE DECIMAL DOUBLE FLOAT INT INTERVAL JSON JSONB NCHAR NVARCHAR
    SMALLINT TEXT TIME TIMESTAMP TIMESTAMPTZ TIMESTAMPNTZ TIMESTAMPLTZ TIMETZ UUID VARCHAR BIGDECIMAL INET
    NUMRANGE INT4RANGE INT8RANGE DATERANGE TSRANGE TSTZRANGE
    """
)
_SYSTEM = ("pg_", "information_schema")
_REASONS = {
    **dict.fromkeys(_names("Alter Copy Create Delete Drop Insert Merge TruncateTable Update"), "writes"),
    **dict.fromkeys(_names("Parameter Placeholder SessionParameter"), "parameter"),
    "Into": "into",
    "Lock": "lock",
    "Dot": "function",
    "ObjectIdentifier": "type",
}
"""What else than ``part`` is said of what is in no list."""


class Judged(NamedTuple):
    """One query that has no effect. ``sql`` is what is sent."""

    sql: str


def judge(query: str) -> Judged:
    """Raises ``QueryRefused``, whose details say why by a word, and what it is about. Takes a moment of work:
    not for an event loop."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    if len(query) > MOST_CHARACTERS:
        raise _refused("length")
    if "\0" in query:
        raise _refused("syntax")
    try:
        _require_flat(query)
        found = [each for each in sqlglot.parse(query, read="postgres") if each is not None]
        if len(found) != 1:
            raise _refused("statements")
        root = found[0]
        _require_known(root)
        return Judged(root.sql("postgres", comments=False))
    except RecursionError:
        raise _refused("depth") from None
    except SqlglotError:
        raise _refused("syntax") from None


def _require_flat(query: str) -> None:
    """Before it is parsed, whose time grows with depth."""
    import sqlglot
    from sqlglot.tokenizer_core import TokenType

    depth, deepest = Counter[str](), Counter[str]()
    steps = {
        TokenType.L_PAREN: ("(", 1),
        TokenType.R_PAREN: ("(", -1),
        TokenType.L_BRACKET: ("[", 1),
        TokenType.R_BRACKET: ("[", -1),
    }
    tokens = sqlglot.tokenize(query, read="postgres")
    for token in tokens:
        if (step := steps.get(token.token_type)) is not None:
            depth[step[0]] += step[1]
            deepest[step[0]] = max(deepest[step[0]], depth[step[0]])
    brackets = sum(token.token_type is TokenType.L_BRACKET for token in tokens)
    too_deep = deepest["("] > _DEEPEST or deepest["["] > _DEEPEST_BRACKETS or brackets > _MOST_BRACKETS
    if too_deep or len(tokens) > _MOST_TOKENS:
        raise _refused("depth")


def _require_known(root: Expr) -> None:
    from sqlglot import exp

    name = type(root).__name__
    if name not in _ROOTS and not (isinstance(root, exp.Subquery) and _is_select(root)):
        raise _refused(_REASONS.get(name, "statement"), name)
    for node in root.walk():
        name = type(node).__name__
        if isinstance(node, exp.Anonymous):
            if not isinstance(node.this, str) or node.name.lower() not in _BY_NAME:
                raise _refused("function", node.name)
        elif isinstance(node, exp.Func):
            if name not in _FUNCTIONS | _PARTS:
                raise _refused("function", node.sql_name())
        elif name not in _ROOTS | _PARTS | _FUNCTIONS:
            raise _refused(_REASONS.get(name, "part"), node.sql("postgres") if name == "Dot" else name)
        elif isinstance(node, exp.Table):
            _require_table(node)
        elif isinstance(node, exp.DataType):
            _require_type(node)
        elif isinstance(node, exp.Column) and (node.args.get("db") or _is_system(node.table)):
            raise _refused("system", node.sql("postgres"))


def _is_select(subquery: exp.Subquery) -> bool:
    return type(subquery.unnest()).__name__ in _ROOTS


def _require_table(table: exp.Table) -> None:
    from sqlglot import exp

    if not isinstance(table.this, exp.Identifier):
        return  # a function or a query, which is judged as itself
    if table.catalog or any(map(_is_system, (table.db, table.name))):
        raise _refused("system", table.sql("postgres"))


def _is_system(name: str) -> bool:
    return name.lower().startswith(_SYSTEM)


def _require_type(kind: exp.DataType) -> None:
    name = kind.this.value if hasattr(kind.this, "value") else str(kind.this)
    if name not in _TYPES:
        raise _refused("type", kind.sql("postgres"))


def _refused(reason: str, what: str = "") -> QueryRefused:
    return QueryRefused(details={"reason": reason, "what": what[:100]} if what else {"reason": reason})
