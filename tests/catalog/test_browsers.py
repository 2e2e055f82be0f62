"""What browsers and monitors ask of the catalog beside psql: statistics, settings, pieces of texts."""

from __future__ import annotations

import pytest

from sqlserver.plan.catalog.statistics import statistics_views
from tests.processes import SqlServerProcess


@pytest.mark.parametrize("view", statistics_views())
def test_a_statistics_view_can_be_read(catalog_server: SqlServerProcess, view: str) -> None:
    with catalog_server.connect() as connection:
        connection.execute(f"SELECT * FROM {view}")  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("sql", "row"),
    [
        ("SELECT relid = 'items'::regclass, seq_scan FROM pg_stat_user_tables WHERE relname = 'items'", (True, 0)),
        ("SELECT count(*) FROM pg_statio_user_indexes WHERE relname = 'items'", (2,)),
        ("SELECT numbackends, xact_commit FROM pg_stat_database WHERE datname = 'default'", (1, 0)),
        ("SELECT setting FROM pg_show_all_settings() AS s WHERE s.name = 'block_size'", ("8192",)),
        ("SELECT substring('fillfactor=70' FROM 'fillfactor=([0-9]*)') FROM pg_class LIMIT 1", ("70",)),
        ("SELECT substring(relname, 'no(thing)') FROM pg_class WHERE relname = 'items'", (None,)),
        ("SELECT oidvectortypes(proargtypes) FROM pg_proc WHERE proname = 'textcat'", ("text, text",)),
        ("SELECT pg_encoding_to_char(6), pg_encoding_to_char(24), pg_char_to_encoding('latin1')",
         ("UTF8", "WIN1252", 8)),
        ("SELECT pg_stat_get_tuples_inserted('items'::regclass), pg_stat_get_last_vacuum_time('items'::regclass)",
         (0, None)),
        ("SELECT CASE WHEN true THEN round(1.25::numeric, 1) ELSE 0 END FROM pg_class LIMIT 1", (1.3,)),
        ("SELECT nextval('item_ids'::regclass) > 0", (True,)),
    ],
)  # fmt: skip
def test_it_answers_as_postgresql(catalog_server: SqlServerProcess, sql: str, row: tuple[object, ...]) -> None:
    with catalog_server.connect() as connection:
        found = connection.execute(sql).fetchone()  # type: ignore[call-overload]
    assert tuple(map(str, found or ())) == tuple(map(str, row))


def test_only_schemas_that_are_there_are_in_the_search_path(catalog_server: SqlServerProcess) -> None:
    with catalog_server.connect() as connection:
        connection.execute("SET search_path = nowhere, shop, public")
        told = "SELECT current_schemas(false), current_schemas(true), current_schema()"
        assert connection.execute(told).fetchone() == (
            ["shop", "public"], ["pg_catalog", "shop", "public"], "shop"
        )  # fmt: skip
        connection.execute("SET search_path = nowhere")
        assert connection.execute("SELECT current_schema()").fetchone() == (None,)


@pytest.mark.parametrize(
    ("sql", "count"),
    [
        ("SELECT count(*) FROM pg_get_keywords() WHERE catcode = 'R'", 77),
        ("SELECT count(*) FROM information_schema.sql_features WHERE is_supported = 'YES'", 416),
        ("SELECT count(*) FROM pg_ts_config_map", 551),
    ],
)
def test_postgresqls_own_rows_are_there(catalog_server: SqlServerProcess, sql: str, count: int) -> None:
    assert catalog_server.rows(sql) == [[str(count)]]
