"""COPY as psql sends it: formats and options, PostgreSQL's errors, nothing loaded after one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.processes import SqlServerProcess

TYPES = "a int, b text, c double precision, d boolean, e timestamp, f text[], g bytea, h numeric(10,2), i date, j int[]"
ROW = "\t".join(
    ["1", "x\\ty", "1.5", "t", "2026-01-01 00:00:00", '{a,"b c",NULL}', r"\\x00ff", "5.25", "2026-02-03", "{1,NULL}"]
)
NULLS = "2" + "\t\\N" * 9


def loaded(server: SqlServerProcess, sql: str, *lines: str) -> str:
    """psql's stderr for a COPY FROM STDIN of these lines."""
    return server.psql(f"{sql};\n" + "".join(f"{line}\n" for line in lines) + "\\.\n", "-v", "VERBOSITY=verbose").err


def test_text_comes_back_as_it_went_in(copy_server: SqlServerProcess) -> None:
    done = copy_server.psql(
        f"CREATE TABLE kinds ({TYPES});\nCOPY kinds FROM STDIN;\n{ROW}\n{NULLS}\n\\.\nCOPY kinds TO STDOUT;\n"
    )
    assert done.out.splitlines() == [ROW, NULLS], done.err


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("(FORMAT csv, HEADER)", ["n,t", "1,plain", '2,"a,b"', '3,"say ""x"""', "4,", '5,""']),
        ("CSV FORCE QUOTE *", ['"1","plain"', '"2","a,b"', '"3","say ""x"""', '"4",', '"5",""']),
        ("CSV DELIMITER ';' NULL 'nil' QUOTE ''''", ["1;plain", "2;a,b", '3;say "x"', "4;nil", "5;"]),
        (r"CSV ESCAPE '\'", ["1,plain", '2,"a,b"', r'3,"say \"x\""', "4,", '5,""']),
        ("(DELIMITER '|', NULL 'nil')", ["1|plain", "2|a,b", '3|say "x"', "4|nil", "5|"]),
        ("(HEADER)", ["n\tt", "1\tplain", "2\ta,b", '3\tsay "x"', "4\t\\N", "5\t"]),
    ],
)
def test_options_of_copy_out(copy_server: SqlServerProcess, options: str, expected: list[str]) -> None:
    query = "SELECT * FROM (VALUES (1, 'plain'), (2, 'a,b'), (3, 'say \"x\"'), (4, NULL), (5, '')) v(n, t) ORDER BY n"
    done = copy_server.psql(f"COPY ({query}) TO STDOUT {options};\n")
    assert done.out.splitlines() == expected, done.err
    back = copy_server.psql(
        "DROP TABLE IF EXISTS again;\nCREATE TABLE again (n int, t text);\n"
        f"COPY again FROM STDIN {options.replace('FORCE QUOTE *', '')};\n{done.out}\\.\n"
        f"SELECT count(*) FROM (({query}) EXCEPT SELECT * FROM again) lost;\nSELECT count(*) FROM again;\n"
    )
    assert back.rows == [["0"], ["5"]], back.err


@pytest.mark.parametrize(
    ("sql", "lines", "sqlstate", "message"),
    [
        ("", ["1\tx", "2"], "22P04", 'missing data for column "b"'),
        ("", ["1\tx", "2\ty\tz"], "22P04", "extra data after last expected column"),
        ("", ["1\tx", "3.5\ty"], "22P02", 'invalid input syntax for type integer: "3.5"'),
        ("", ["1\tx", "99999999999\ty"], "22003", 'value "99999999999" is out of range for type integer'),
        ("CSV", ["1,x", '2,"y'], "22P04", "unterminated CSV quoted field"),
        ("CSV HEADER MATCH", ["a,c", "1,x"], "22P04", 'column name mismatch in header line field 2: got "c"'),
    ],
)
def test_an_error_says_where_and_loads_nothing(
    copy_server: SqlServerProcess, sql: str, lines: list[str], sqlstate: str, message: str
) -> None:
    copy_server.psql("DROP TABLE IF EXISTS pairs; CREATE TABLE pairs (a int, b text);")
    err = loaded(copy_server, f"COPY pairs FROM STDIN {sql}", *lines)
    assert f"ERROR:  {sqlstate}: {message}" in err
    assert "COPY pairs, line" in err
    assert copy_server.rows("SELECT count(*) FROM pairs") == [["0"]]


def test_a_value_that_duckdb_refuses_is_told_with_its_place(copy_server: SqlServerProcess) -> None:
    copy_server.psql("CREATE TABLE days (n int, d date)")
    err = loaded(copy_server, "COPY days (n, d) FROM STDIN", "1\t2026-01-01", "2\ttomorrow, perhaps")
    assert 'ERROR:  22007: invalid input syntax for type date: "tomorrow, perhaps"' in err
    assert 'COPY days, line 2, column d: "tomorrow, perhaps"' in err
    assert copy_server.rows("SELECT count(*) FROM days") == [["0"]]


def test_an_error_in_a_late_piece_takes_the_early_ones_back(copy_server: SqlServerProcess, tmp_path: Path) -> None:
    file = tmp_path / "long"
    with file.open("w") as out:
        out.writelines(f"{n}\t{'x' * 90}\n" for n in range(100_000))
        out.write("oops\ty\n")
    done = copy_server.psql(f"CREATE TABLE long (n int, t text);\n\\copy long FROM '{file}'\n")
    assert 'COPY long, line 100001, column n: "oops"' in done.err
    assert copy_server.rows("SELECT count(*) FROM long") == [["0"]]
    assert copy_server.psql("\\copy long (t) FROM PROGRAM 'seq 3'\nSELECT count(*) FROM long").rows == [["3"]]


def test_a_failed_copy_fails_its_block(copy_server: SqlServerProcess) -> None:
    done = copy_server.psql(
        "CREATE TABLE block (n int);\n\\set ON_ERROR_STOP off\nBEGIN;\nINSERT INTO block VALUES (1);\n"
        "COPY block FROM STDIN;\nx\n\\.\nSELECT 1;\nCOMMIT;\nSELECT count(*) FROM block;\n"
    )
    assert "current transaction is aborted" in done.err
    assert done.rows == [["0"]]


def test_where_and_column_lists(copy_server: SqlServerProcess) -> None:
    done = copy_server.psql(
        "CREATE TABLE chosen (n int, t text DEFAULT 'none');\n"
        "COPY chosen (n) FROM STDIN WHERE n % 2 = 1;\n1\n2\n3\n\\.\nSELECT * FROM chosen ORDER BY n;\n"
        "COPY chosen (t, n) TO STDOUT;\n"
    )
    assert done.out == "1|none\n3|none\nnone\t1\nnone\t3\n", done.err


@pytest.mark.parametrize(
    ("sql", "sqlstate"),
    [
        ("COPY pg_class TO '/tmp/out'", "42501"),
        ("COPY nothing FROM '/etc/passwd'", "42501"),
        ("COPY nothing TO PROGRAM 'cat'", "42501"),
        ("COPY nothing FROM STDIN", "42P01"),
        ("COPY (SELECT 1) TO STDOUT (FORMAT xml)", "22023"),
        ("COPY (SELECT 1) TO STDOUT (FORMAT csv, DELIMITER '::')", "0A000"),
        ("COPY (SELECT 1) TO STDOUT (QUOTE 'x')", "0A000"),
        ("COPY (SELECT 1) TO STDOUT (COLOUR red)", "42601"),
        ("COPY (SELECT 1) FROM STDIN", "42601"),
        ("CREATE OR REPLACE TABLE kept (n int);\nBEGIN READ ONLY;\nCOPY kept FROM STDIN", "25006"),
        ("COPY (SELECT 1/0 WHERE) TO STDOUT", "42601"),
    ],
)
def test_refusals(copy_server: SqlServerProcess, sql: str, sqlstate: str) -> None:
    assert f"ERROR:  {sqlstate}:" in copy_server.psql(sql, "-v", "VERBOSITY=verbose").err


def test_operators_inside_the_query(copy_server: SqlServerProcess) -> None:
    done = copy_server.psql(
        "COPY (SELECT t FROM (VALUES ('bamboo toothbrush'), (NULL)) v(t) WHERE t IS NULL OR NOT t MEANS 'x' LIMIT 1) "
        "TO STDOUT;\n"
    )
    assert len(done.out.splitlines()) == 1, done.err


def test_log_relations_are_imported_marked_and_exported(copy_server: SqlServerProcess) -> None:
    trace = "019a0000-0000-7000-8000-000000000001"
    done = copy_server.psql(
        "COPY unified_logs (trace_id, cascade_id, cell_name, role, status, output, timestamp) FROM STDIN;\n"
        f"{trace}\timported\tcell\tassistant\tok\tyes\t2026-01-01 00:00:00+00\n\\.\n"
        "COPY training_annotations (trace_id, trainable, confidence, tags) FROM STDIN CSV;\n"
        f'{trace},t,0.9,"{{a,b}}"\n\\.\n'
        "COPY (SELECT trace_id, trainable, confidence, tags FROM training_annotations) TO STDOUT;\n"
        "COPY (SELECT cascade_id, output FROM unified_logs WHERE cascade_id = 'imported') TO STDOUT CSV HEADER;\n"
    )
    assert done.out.splitlines() == [f"{trace}\tt\t0.9\t{{a,b}}", "cascade_id,output", "imported,yes"], done.err


def test_an_import_is_sifted_and_a_fault_in_it_imports_nothing(copy_server: SqlServerProcess) -> None:
    head = "COPY unified_logs (cascade_id, cell_name, role, status, output, timestamp) FROM STDIN"
    row = "sifted\tcell\tassistant\t{}\tyes\t2026-01-01 00:00:00+00\n"
    count = "SELECT count(*), min(status) FROM unified_logs WHERE cascade_id = 'sifted';\n"
    done = copy_server.psql(f"{head} WHERE status = 'ok';\n{row.format('ok')}{row.format('error')}\\.\n{count}")
    assert done.out == "1|ok\n", done.err
    bad = row.format("ok").replace("2026", "noon")
    done = copy_server.psql(
        f"\\set ON_ERROR_STOP off\n{head};\n{row.format('ok')}{bad}\\.\n{count}", "-v", "VERBOSITY=verbose"
    )
    assert "ERROR:  22007" in done.err
    assert 'COPY unified_logs, line 2, column timestamp: "noon-01-01' in done.err
    assert done.out == "1|ok\n"
