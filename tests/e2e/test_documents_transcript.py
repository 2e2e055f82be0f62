"""The user documents' quick start and complete workflow, typed as they stand with ``sqlserver`` for ``lars``.

Only the port differs (a free one), and ``jq`` is stood in for where the machine has none.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import EndpointProcess, SqlServerProcess, clean_environment, run

pytestmark = pytest.mark.usefixtures("psql")

COMPLETE_WORKFLOW = """
set -e
# 1. Start postgres server
sqlserver serve sql --port $PORT &
SERVER=$!
trap 'kill $SERVER; wait $SERVER' EXIT
until psql postgresql://localhost:$PORT/default -c 'SELECT 1' >/dev/null 2>&1; do sleep 0.2; kill -0 $SERVER; done

# 2. Run query (first time)
psql postgresql://localhost:$PORT/default -c "
SELECT 'test' as text, 'test' MEANS 'example' as result;
"

# 3. Get trace_id from logs
TRACE_ID=$(sqlserver sql query "
SELECT trace_id FROM unified_logs
WHERE cascade_id = 'semantic_matches'
ORDER BY timestamp DESC LIMIT 1
" --format json | jq -r '.[0].trace_id')

# 4. Mark as trainable
sqlserver sql query "
INSERT INTO training_annotations (trace_id, trainable)
VALUES ('$TRACE_ID', true);
"

# 5. Run query again (uses training example!)
psql postgresql://localhost:$PORT/default -c "
SELECT 'another test' as text, 'another test' MEANS 'example' as result;
"
"""

LOOK_AT_THE_LOG = """
SELECT trace_id, session_id, cascade_id, cell_name,
       JSONExtractString(full_request_json, '$.messages[-1].content') as input,
       JSONExtractString(content_json, '$.content') as output
FROM unified_logs
WHERE cascade_id = 'semantic_matches'
  AND role = 'assistant'
ORDER BY timestamp DESC
LIMIT 5
"""

MARK_HISTORY = """
INSERT INTO training_annotations (trace_id, trainable, confidence)
SELECT trace_id, true, 1.0
FROM training_examples_mv
WHERE cascade_id = 'semantic_matches'
  AND timestamp > now() - INTERVAL 1 DAY
LIMIT 10;
"""


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def jq_folder(tmp_path: Path) -> Path:
    """A folder with a ``jq`` that knows ``-r '.[0].trace_id'``, where the machine has none."""
    folder = tmp_path / "bin"
    folder.mkdir()
    if shutil.which("jq") is None:
        script = folder / "jq"
        script.write_text(f"#!{sys.executable}\nimport json, sys\nprint(json.load(sys.stdin)[0]['trace_id'])\n")
        script.chmod(0o755)
    return folder


@pytest.mark.parametrize("with_endpoint", [True, False], ids=["endpoint", "embedded model"])
def test_the_complete_workflow_runs_in_a_shell(endpoint: EndpointProcess, tmp_path: Path, with_endpoint: bool) -> None:
    environment = clean_environment(endpoint.settings() if with_endpoint else None)
    environment |= {"SQLSERVER_DATA_DIR": str(tmp_path / "data"), "PORT": str(free_port())}
    environment["PATH"] += os.pathsep + str(jq_folder(tmp_path))
    done = subprocess.run(
        ["bash", "-c", COMPLETE_WORKFLOW], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    told = [line for line in done.stderr.splitlines() if line.startswith("NOTICE:") and "training" in line]
    assert told == [
        "NOTICE:  No training examples available yet for evaluate",
        "NOTICE:  Injected 1 training examples (recent strategy)",
    ]
    assert "INSERT 0 1" in done.stdout
    assert "another test" in done.stdout


def test_the_quick_start_statements_run_as_written(server: SqlServerProcess) -> None:
    from tests.e2e.products import CREATE, MEANS

    assert server.psql("SELECT 'bamboo toothbrush' as product LIMIT 5;").out == "bamboo toothbrush\n"
    first = server.psql(CREATE + MEANS)
    assert first.code == 0, first.err
    assert "No training examples available yet for evaluate" in first.err

    looked = server.command("sql", "query", LOOK_AT_THE_LOG)
    assert looked.code == 0, looked.err
    assert "bamboo toothbrush" in looked.out

    marked = server.psql(MARK_HISTORY)
    assert marked.code == 0, marked.err
    again = server.psql(MEANS)
    assert "Injected 5 training examples (recent strategy)" in again.err
    examples = server.rows(
        "SELECT user_input, assistant_output, confidence, trainable, verified, timestamp "
        "FROM training_examples_with_annotations WHERE cascade_id = 'semantic_matches' "
        "AND cell_name = 'evaluate' AND trainable = true ORDER BY timestamp DESC LIMIT 10;"
    )
    assert examples
    stats = server.rows("SELECT * FROM training_stats_by_cascade ORDER BY trainable_count DESC;")
    assert stats[0][0] == "semantic_matches"


def test_a_column_called_desc_needs_quotes_and_the_hint_says_so(server: SqlServerProcess) -> None:
    refused = server.psql("CREATE TABLE quoted (id INT, desc VARCHAR);")
    assert refused.code != 0
    assert "HINT" in refused.err
    assert '"desc"' in refused.err
    quoted = server.psql(
        'CREATE TABLE quoted (id INT, "desc" VARCHAR);'
        "INSERT INTO quoted VALUES (1, 'bamboo toothbrush'), (2, 'plastic bottle');"
        'SELECT id, "desc", "desc" MEANS \'eco-friendly\' as eco FROM quoted ORDER BY id;'
    )
    assert [row[2] for row in quoted.rows] == ["t", "f"], quoted.err


def test_the_python_api_has_the_documents_signatures(server: SqlServerProcess) -> None:
    """In a process of its own, as a user's script beside the running server."""
    script = """
from sqlserver.training_system import get_training_examples, get_training_stats, mark_as_trainable
import sys
marked = mark_as_trainable(trace_ids=sys.argv[1:], trainable=True, verified=True, confidence=1.0,
                           notes='Correct', tags=['semantic_sql', 'verified'])
examples = get_training_examples(cascade_id='semantic_matches', cell_name='evaluate', limit=3)
stats = get_training_stats(cascade_id='semantic_matches')
print(marked, len(examples) > 0, stats[0]['cell_name'], stats[0]['verified_count'] > 0)
"""
    server.rows("SELECT 'bamboo chair' MEANS 'eco-friendly';")
    (trace,) = server.rows("SELECT trace_id FROM training_examples_mv WHERE user_input LIKE '%bamboo chair%';")[0]
    environment = server.environment | {"SQLSERVER_DATA_DIR": str(server.data_dir)}
    done = run([sys.executable, "-c", script, trace], environment=environment)
    assert done.out.split() == ["1", "True", "evaluate", "True"], done.err
