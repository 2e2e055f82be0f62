"""psql's backslash commands against the server: none fails, and they show what is there."""

from __future__ import annotations

import pytest

from tests.processes import SqlServerProcess, run

COMMANDS = (  # noqa: SIM905 - a text of commands is read more easily
    r"\d \d+ \dS \dS+ \da \daS \dA \dA+ \dAc \dAf \dAo \dAp \db \db+ \dc \dcS+ \dC \dC+ \dd \dD \dD+ \ddp \dE \det "
    r"\des "
    r"\dew \dew+ \deu \df \df+ \dF \dFd \dFp \dFt \dF+ \dg+ \di+ \diS \dl \dL+ \dm+ \dn+ \dnS \do \dO+ \dOS "
    r"\dp \dP \dPt+ "
    r"\drds \dconfig \dRs+ \ds+ \dt+ \dtS \dT+ \dTS+ \du+ \dv+ \dX \dy+ \l+ \z"
).split()


@pytest.mark.parametrize("command", COMMANDS)
def test_it_runs(catalog_server: SqlServerProcess, command: str) -> None:
    done = catalog_server.psql(command)
    assert (done.code, done.err) == (0, "")


def shown(server: SqlServerProcess, command: str) -> str:
    """With titles and footers, unaligned."""
    done = run(["psql", "-X", "-A", "-c", command, server.url()], environment=server.environment)
    assert done.code == 0, done.err
    return done.out


def test_a_table_is_described_with_its_indexes_constraints_and_references(catalog_server: SqlServerProcess) -> None:
    text = shown(catalog_server, r"\d+ items")
    for part in (
        "id|bigint||not null|nextval('item_ids'::regclass)",
        "price|numeric(10,2)",
        "tags|text[]",
        "m|mood",
        "as printed",
        '"items_pkey" PRIMARY KEY, btree (id)',
        '"items_lower" btree (lower("name"))',
        '"items_price_check" CHECK (price >= 0',
        'TABLE "lines" CONSTRAINT "lines_item_fkey" FOREIGN KEY (item) REFERENCES items(id)',
    ):
        assert part in text or part.replace("items(id)", "public.items(id)") in text


def test_a_view_is_described_with_its_query(catalog_server: SqlServerProcess) -> None:
    assert "FROM items" in shown(catalog_server, r"\d+ shop.cheap")
    assert "CREATE OR REPLACE VIEW shop.cheap AS" in shown(catalog_server, r"\sv shop.cheap")


def test_tables_views_and_log_relations_are_listed(catalog_server: SqlServerProcess) -> None:
    listed = {tuple(line.split("|")[:3]) for line in shown(catalog_server, r"\d").splitlines()}
    assert listed >= {
        ("public", "items", "table"),
        ("public", "item_ids", "sequence"),
        ("public", "unified_logs", "table"),
        ("public", "training_examples_mv", "view"),
    }


def test_operators_are_functions_with_their_comments(catalog_server: SqlServerProcess) -> None:
    lines = shown(catalog_server, r"\df+ semantic*").splitlines()
    matches = next(line for line in lines if "|semantic_matches|" in line)
    assert "boolean|text text, criterion text|func" in matches
    assert not matches.endswith("|")  # the comment
    assert "|twice|" in shown(catalog_server, r"\df")


def test_roles_databases_schemas_and_enums_are_listed(catalog_server: SqlServerProcess) -> None:
    assert "tester|Superuser" in shown(catalog_server, r"\du")
    assert {line.split("|")[0] for line in shown(catalog_server, r"\l").splitlines()} >= {"default", "memory"}
    assert "shop|tester" in shown(catalog_server, r"\dn")
    assert "public|mood" in shown(catalog_server, r"\dT")


def test_what_is_not_there_is_said_as_psql_says_it(catalog_server: SqlServerProcess) -> None:
    command = ["psql", "-X", "-c", r"\d nowhere", catalog_server.url()]
    assert 'Did not find any relation named "nowhere".' in run(command, environment=catalog_server.environment).err
