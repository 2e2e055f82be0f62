"""Foreign keys hold, with their actions, at the time PostgreSQL checks them."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg import errors

Connection = psycopg.Connection[Any]


@pytest.fixture
def family(connection: Connection) -> Connection:
    connection.execute("CREATE TABLE parent (id int PRIMARY KEY, code text UNIQUE)")
    connection.execute("INSERT INTO parent VALUES (1, 'a'), (2, 'b')")
    return connection


def make(connection: Connection, reference: str) -> None:
    connection.execute(f"CREATE TABLE child (id int, p int DEFAULT 2 {reference})")
    connection.execute("INSERT INTO child VALUES (10, 1), (20, 2), (30, NULL)")


def test_a_row_must_refer_to_one_that_is_there(family: Connection) -> None:
    make(family, "REFERENCES parent")
    with pytest.raises(errors.ForeignKeyViolation) as told:
        family.execute("INSERT INTO child VALUES (40, 9)")
    assert told.value.diag.message_primary == (
        'insert or update on table "child" violates foreign key constraint "child_p_fkey"'
    )
    assert told.value.diag.message_detail == 'Key (p)=(9) is not present in table "parent".'
    assert (told.value.diag.constraint_name, told.value.diag.table_name) == ("child_p_fkey", "child")
    with pytest.raises(errors.ForeignKeyViolation):
        family.execute("UPDATE child SET p = 9 WHERE id = 10")
    with pytest.raises(errors.ForeignKeyViolation, match='constraint "child_p_fkey" on table "child"'):
        family.execute("DELETE FROM parent WHERE id = 1")
    with pytest.raises(errors.ForeignKeyViolation):
        family.execute("UPDATE parent SET id = 7 WHERE id = 1")
    family.execute("UPDATE parent SET code = 'c' WHERE id = 1")
    assert family.execute("SELECT count(*) FROM child").fetchone() == (3,)


@pytest.mark.parametrize(
    ("action", "left"),
    [("CASCADE", [(20, 2), (30, None)]), ("SET NULL", [(10, None), (20, 2), (30, None)]),
     ("SET DEFAULT", [(10, 2), (20, 2), (30, None)])],
)  # fmt: skip
def test_a_delete_takes_its_action(family: Connection, action: str, left: list[tuple[int, int | None]]) -> None:
    make(family, f"REFERENCES parent (id) ON DELETE {action}")
    family.execute("DELETE FROM parent WHERE id = 1")
    assert family.execute("SELECT id, p FROM child ORDER BY id").fetchall() == left


def test_cascades_go_on(family: Connection) -> None:
    family.execute("CREATE TABLE child (id int PRIMARY KEY, p int REFERENCES parent ON DELETE CASCADE)")
    family.execute("CREATE TABLE grandchild (c int REFERENCES child ON DELETE CASCADE, self int)")
    family.execute("INSERT INTO child VALUES (10, 1)")
    family.execute("INSERT INTO grandchild VALUES (10, 1)")
    family.execute("DELETE FROM parent")
    assert family.execute("SELECT (SELECT count(*) FROM child), (SELECT count(*) FROM grandchild)").fetchone() == (0, 0)


def test_children_and_parent_go_in_one_transaction(family: Connection) -> None:
    make(family, "REFERENCES parent")
    with family.transaction():
        family.execute("DELETE FROM child WHERE p = 1")
        family.execute("DELETE FROM parent WHERE id = 1")
    assert family.execute("SELECT id FROM parent").fetchall() == [(2,)]


def test_a_deferred_key_is_checked_at_commit(family: Connection) -> None:
    make(family, "REFERENCES parent DEFERRABLE INITIALLY DEFERRED")
    with family.transaction():
        family.execute("INSERT INTO child VALUES (40, 4)")
        family.execute("INSERT INTO parent VALUES (4, 'd')")
    with pytest.raises(errors.ForeignKeyViolation), family.transaction():
        family.execute("INSERT INTO child VALUES (50, 5)")
    family.execute("BEGIN; INSERT INTO child VALUES (50, 5)")
    with pytest.raises(errors.ForeignKeyViolation):
        family.execute("SET CONSTRAINTS ALL IMMEDIATE")
    family.execute("ROLLBACK")
    assert family.execute("SELECT count(*) FROM child WHERE id = 50").fetchone() == (0,)


def test_truncate_and_drop_see_who_refers(family: Connection) -> None:
    make(family, "REFERENCES parent")
    with pytest.raises(errors.FeatureNotSupported, match="cannot truncate a table referenced"):
        family.execute("TRUNCATE parent")
    with pytest.raises(errors.DependentObjectsStillExist, match="cannot drop table parent"):
        family.execute("DROP TABLE parent")
    family.execute("TRUNCATE parent, child")
    family.execute("INSERT INTO parent VALUES (1, 'a')")
    family.execute("INSERT INTO child VALUES (10, 1)")
    family.execute("TRUNCATE parent CASCADE")
    assert family.execute("SELECT count(*) FROM child").fetchone() == (0,)
    family.execute("DROP TABLE parent CASCADE")
    family.execute("INSERT INTO child VALUES (10, 1)")


def test_tables_that_refer_to_each_other_go_together(family: Connection) -> None:
    make(family, "REFERENCES parent")
    family.execute("DROP TABLE parent, child")


@pytest.mark.parametrize(
    ("reference", "state"),
    [("REFERENCES nowhere", "42P01"), ("REFERENCES parent (nothing)", "42703"), ("REFERENCES unkeyed", "42830"),
     ("REFERENCES unkeyed (a)", "42830"), ("REFERENCES parent (id, code)", "42830")],
)  # fmt: skip
def test_a_reference_that_cannot_be_is_refused(family: Connection, reference: str, state: str) -> None:
    family.execute("CREATE TABLE unkeyed (a int)")
    with pytest.raises(psycopg.Error) as told:
        family.execute(f"CREATE TABLE child (p int {reference})")
    assert told.value.sqlstate == state
    assert family.execute("SELECT to_regclass('child')").fetchone() == (None,)


def test_many_and_few_rows_are_checked(family: Connection) -> None:
    make(family, "REFERENCES parent")
    family.execute("INSERT INTO child SELECT n, 1 + n % 2 FROM generate_series(1, 5000) AS g(n)")
    with pytest.raises(errors.ForeignKeyViolation):
        family.execute("INSERT INTO child SELECT n, n FROM generate_series(1, 5000) AS g(n)")


def test_a_key_of_two_columns_holds_where_both_are_given(connection: Connection) -> None:
    connection.execute("CREATE TABLE places (a int, b text, PRIMARY KEY (a, b))")
    connection.execute("CREATE TABLE visits (a int, b text, FOREIGN KEY (a, b) REFERENCES places)")
    connection.execute("INSERT INTO places VALUES (1, 'x')")
    connection.execute("INSERT INTO visits VALUES (1, 'x'), (9, NULL)")
    with pytest.raises(errors.ForeignKeyViolation, match='"visits_a_b_fkey"'):
        connection.execute("INSERT INTO visits VALUES (1, 'y')")


def test_rows_of_a_copy_are_checked(family: Connection) -> None:
    make(family, "REFERENCES parent")
    with family.cursor().copy("COPY child (id, p) FROM STDIN") as copy:
        copy.write_row((40, 2))
    with pytest.raises(errors.ForeignKeyViolation), family.cursor().copy("COPY child (id, p) FROM STDIN") as copy:
        copy.write_row((50, 9))
    assert family.execute("SELECT count(*) FROM child").fetchone() == (4,)


def test_names_that_need_quotes_are_looked_at_too(connection: Connection) -> None:
    connection.execute('CREATE TABLE "P q" ("Id x" int PRIMARY KEY)')
    connection.execute('CREATE TABLE "C ""d" ("Pid y" int REFERENCES "P q")')
    connection.execute('INSERT INTO "P q" VALUES (1)')
    connection.execute('INSERT INTO "C ""d" VALUES (1)')
    for broken in (
        'INSERT INTO "C ""d" VALUES (8)', 'UPDATE "C ""d" SET "Pid y" = 9', 'UPDATE "P q" SET "Id x" = 9',
        'DELETE FROM "P q"',
    ):  # fmt: skip
        with pytest.raises(errors.ForeignKeyViolation):
            connection.execute(broken)
    assert connection.execute('SELECT * FROM "C ""d"').fetchall() == [(1,)]


@pytest.mark.parametrize(
    ("action", "left"), [("CASCADE", [(2, 5)]), ("SET NULL", [(1, None), (2, 5)])]
)  # fmt: skip
def test_an_action_leaves_rows_alone_that_wait_for_their_parent(
    family: Connection, action: str, left: list[tuple[int, int | None]]
) -> None:
    family.execute(
        f"CREATE TABLE child (id int, p int REFERENCES parent ON DELETE {action} DEFERRABLE INITIALLY DEFERRED)"
    )
    family.execute("INSERT INTO child VALUES (1, 1)")
    with family.transaction():
        family.execute("INSERT INTO child VALUES (2, 5)")
        family.execute("DELETE FROM parent WHERE id = 1")
        assert family.execute("SELECT * FROM child ORDER BY id").fetchall() == left
        family.execute("INSERT INTO parent VALUES (5, 'e')")
    assert family.execute("SELECT * FROM child ORDER BY id").fetchall() == left
    family.execute("BEGIN")
    family.execute("INSERT INTO child VALUES (3, 7)")
    family.execute("DELETE FROM parent WHERE id = 2")
    with pytest.raises(errors.ForeignKeyViolation):
        family.execute("COMMIT")


def test_a_refused_row_does_not_come_back_with_a_savepoint(family: Connection) -> None:
    make(family, "REFERENCES parent")
    with family.transaction():
        family.execute("UPDATE parent SET code = 'z' WHERE id = 1")
        family.execute("SAVEPOINT s")
        with pytest.raises(errors.ForeignKeyViolation):
            family.execute("INSERT INTO child VALUES (40, 9)")
        with pytest.raises(errors.FeatureNotSupported):
            family.execute("ROLLBACK TO s")
        raise psycopg.Rollback
    assert family.execute("SELECT count(*) FROM child WHERE p = 9").fetchone() == (0,)


def test_keys_go_with_the_schema_of_what_they_refer_to(connection: Connection) -> None:
    connection.execute("CREATE SCHEMA other")
    connection.execute("CREATE TABLE other.parent (id int PRIMARY KEY)")
    connection.execute("CREATE TABLE child (p int REFERENCES other.parent)")
    connection.execute("DROP SCHEMA other CASCADE")
    connection.execute("INSERT INTO child VALUES (1)")


def test_a_column_of_a_key_that_is_referred_to_stays(connection: Connection) -> None:
    connection.execute("CREATE TABLE parent (a int, b int, PRIMARY KEY (a, b))")
    connection.execute("CREATE TABLE child (a int, b int, FOREIGN KEY (a, b) REFERENCES parent)")
    with pytest.raises(errors.DependentObjectsStillExist):
        connection.execute("ALTER TABLE parent DROP COLUMN a")
    connection.execute("ALTER TABLE parent DROP COLUMN a CASCADE")
    connection.execute("INSERT INTO child VALUES (1, 1)")


def test_a_temporary_table_of_the_same_name_is_another(family: Connection) -> None:
    family.execute("CREATE TABLE own.numbered (id serial PRIMARY KEY, p int REFERENCES parent)")
    family.execute("CREATE TEMP TABLE numbered (x int)")
    family.execute("INSERT INTO numbered VALUES (7)")
    family.execute("ALTER TABLE numbered ADD COLUMN y int")
    assert family.execute("SELECT * FROM numbered").fetchall() == [(7, None)]
    family.execute("DROP TABLE numbered")
    family.execute("INSERT INTO numbered (p) VALUES (1)")
    assert family.execute("SELECT * FROM numbered").fetchall() == [(1, 1)]
    with pytest.raises(errors.ForeignKeyViolation):
        family.execute("INSERT INTO numbered (p) VALUES (9)")


@pytest.mark.parametrize(
    ("sql", "left"),
    [("WITH w AS (SELECT 1 AS v) UPDATE parent SET id = 9 WHERE id IN (SELECT v FROM w)", None),
     ("MERGE INTO parent USING (SELECT 1 AS v) s ON id = v WHEN MATCHED THEN UPDATE SET id = 9", None),
     ("WITH w AS (SELECT 1 AS v) DELETE FROM parent WHERE id IN (SELECT v FROM w)", [(2,)]),
     ("MERGE INTO parent USING (SELECT 1 AS v) s ON id = v WHEN MATCHED THEN DELETE", [(2,)]),
     ("WITH child AS (SELECT 1 AS v) DELETE FROM parent WHERE id IN (SELECT v FROM child)", [(2,)]),
     ("WITH w AS (SELECT 3 AS v) INSERT INTO child SELECT v FROM w", None),
     ("MERGE INTO child USING (SELECT 3 AS v) s ON p = v WHEN NOT MATCHED THEN INSERT VALUES (v)", None)],
)  # fmt: skip
def test_what_stands_behind_with_and_merge_is_told_apart(family: Connection, sql: str, left: list[Any] | None) -> None:
    family.execute("CREATE TABLE child (p int REFERENCES parent ON DELETE CASCADE)")
    family.execute("INSERT INTO child VALUES (1), (2)")
    if left is None:
        with pytest.raises(errors.ForeignKeyViolation):
            family.execute(sql)
    else:
        family.execute(sql)
    assert family.execute("SELECT p FROM child ORDER BY p").fetchall() == (left or [(1,), (2,)])
