"""PostgreSQL's type identities: OIDs as in ``pg_type.dat``, stable across servers."""

from __future__ import annotations

from dataclasses import dataclass, replace

FIRST_USER_OID = 16384
"""Types below are PostgreSQL's own."""


@dataclass(frozen=True, slots=True)
class PgType:
    """``size`` is ``typlen``: bytes, or -1 for variable length. ``array_oid`` 0: no array type is known.

    ``element_oid`` is 0 except for arrays. ``width``: characters that a value is shown with, blanks added; 0 for as
    many as it has. ``fields`` are those of a row value, or of the rows in an array.
    """

    oid: int
    name: str
    size: int = -1
    array_oid: int = 0
    element_oid: int = 0
    width: int = 0
    fields: tuple[PgType, ...] = ()


BOOL = PgType(16, "bool", 1, 1000)
BYTEA = PgType(17, "bytea", -1, 1001)
CHAR = PgType(18, "char", 1, 1002)
NAME = PgType(19, "name", 64, 1003)
INT8 = PgType(20, "int8", 8, 1016)
INT2 = PgType(21, "int2", 2, 1005)
INT4 = PgType(23, "int4", 4, 1007)
TEXT = PgType(25, "text", -1, 1009)
OID = PgType(26, "oid", 4, 1028)
JSON = PgType(114, "json", -1, 199)
FLOAT4 = PgType(700, "float4", 4, 1021)
FLOAT8 = PgType(701, "float8", 8, 1022)
BPCHAR = PgType(1042, "bpchar", -1, 1014)
VARCHAR = PgType(1043, "varchar", -1, 1015)
DATE = PgType(1082, "date", 4, 1182)
TIME = PgType(1083, "time", 8, 1183)
TIMESTAMP = PgType(1114, "timestamp", 8, 1115)
TIMESTAMPTZ = PgType(1184, "timestamptz", 8, 1185)
INTERVAL = PgType(1186, "interval", 16, 1187)
TIMETZ = PgType(1266, "timetz", 12, 1270)
BIT = PgType(1560, "bit", -1, 1561)
NUMERIC = PgType(1700, "numeric", -1, 1231)
RECORD = PgType(2249, "record", -1, 2287)
UUID = PgType(2950, "uuid", 16, 2951)
JSONB = PgType(3802, "jsonb", -1, 3807)
UNKNOWN = PgType(705, "unknown", -2)
INT2VECTOR = PgType(22, "int2vector", -1, 1006, 21)
OIDVECTOR = PgType(30, "oidvector", -1, 1013, 26)
XID = PgType(28, "xid", 4, 1011)
REGPROC = PgType(24, "regproc", 4, 1008)
REGPROCEDURE = PgType(2202, "regprocedure", 4, 2207)
REGOPER = PgType(2203, "regoper", 4, 2208)
REGOPERATOR = PgType(2204, "regoperator", 4, 2209)
REGCLASS = PgType(2205, "regclass", 4, 2210)
REGTYPE = PgType(2206, "regtype", 4, 2211)
REGROLE = PgType(4096, "regrole", 4, 4097)
REGNAMESPACE = PgType(4089, "regnamespace", 4, 4090)
REGCOLLATION = PgType(4191, "regcollation", 4, 4192)
REGCONFIG = PgType(3734, "regconfig", 4, 3735)
REGDICTIONARY = PgType(3769, "regdictionary", 4, 3770)
PG_NODE_TREE = PgType(194, "pg_node_tree", -1)
ACLITEM = PgType(1033, "aclitem", 12, 1034)
INET = PgType(869, "inet", -1, 1041)
PG_LSN = PgType(3220, "pg_lsn", 8, 3221)
ANYARRAY = PgType(2277, "anyarray", -1)
VOID = PgType(2278, "void", 4)
PG_NDISTINCT = PgType(3361, "pg_ndistinct", -1)
PG_DEPENDENCIES = PgType(3402, "pg_dependencies", -1)
PG_MCV_LIST = PgType(5017, "pg_mcv_list", -1)
CSTRING = PgType(2275, "cstring", -2, 1263)

CATALOG_SCALARS = (
    INT2VECTOR, OIDVECTOR, XID, REGPROC, REGPROCEDURE, REGOPER, REGOPERATOR, REGCLASS, REGTYPE, REGROLE, REGNAMESPACE,
    REGCOLLATION, REGCONFIG, REGDICTIONARY, PG_NODE_TREE, ACLITEM, INET, PG_LSN, ANYARRAY, VOID, PG_NDISTINCT,
    PG_DEPENDENCIES, PG_MCV_LIST, CSTRING,
)  # fmt: skip
"""Types that only PostgreSQL's catalog and functions speak of; no user table has them."""

SCALARS = (
    BOOL, BYTEA, CHAR, NAME, INT8, INT2, INT4, TEXT, OID, JSON, FLOAT4, FLOAT8, BPCHAR, VARCHAR, DATE, TIME,
    TIMESTAMP, TIMESTAMPTZ, INTERVAL, TIMETZ, BIT, NUMERIC, RECORD, UUID, JSONB, UNKNOWN,
)  # fmt: skip


def array_of(element: PgType) -> PgType:
    """The array type over ``element``; text[] where the element has none of its own."""
    if element.array_oid == 0:
        element = TEXT
    return PgType(element.array_oid, f"_{element.name}", -1, 0, element.oid, fields=element.fields)


def element_of(array: PgType) -> PgType:
    """Text for a type that is no array, or whose elements are not known here."""
    element = BY_OID.get(array.element_oid, TEXT)
    return replace(element, fields=array.fields) if array.fields else element


def padded(width: int) -> PgType:
    """``character(n)``."""
    return replace(BPCHAR, width=width)


BY_OID: dict[int, PgType] = {t.oid: t for t in (*SCALARS, *CATALOG_SCALARS)} | {
    a.oid: a for a in (array_of(t) for t in (*SCALARS, *CATALOG_SCALARS) if t.array_oid)
}
