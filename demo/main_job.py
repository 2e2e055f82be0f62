"""The main job, start to end, on an empty data directory: ask, look at the log, mark, ask again.

Starts ``sqlserver serve sql`` on a free port, runs each statement through psql (``sqlserver sql query`` where psql is
missing), prints what it runs and what comes back, then stops the server and removes the directory, also after an
error or Ctrl-C. With no endpoint configured the embedded model answers; SQLSERVER_LLM_BASE_URL chooses another.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAM = str(Path(sys.executable).parent / "sqlserver")

STEPS = (
    (
        "A table, in plain SQL.",
        """CREATE TABLE products (id INT, description VARCHAR);
INSERT INTO products VALUES
  (1, 'Eco-friendly bamboo toothbrush'),
  (2, 'Sustainable cotton t-shirt'),
  (3, 'Plastic water bottle'),
  (4, 'Reusable steel water bottle'),
  (5, 'Disposable plastic fork');""",
    ),
    (
        "Ask for a meaning. Five distinct texts cost five model calls.",
        "SELECT id, description, description MEANS 'eco-friendly' AS is_eco FROM products ORDER BY id;",
    ),
    (
        "Every call is in the log at once.",
        """SELECT left(trace_id, 13) || '…' AS trace, replace(user_input, chr(10), '; ') AS user_input, assistant_output
FROM training_examples_mv WHERE cascade_id = 'semantic_matches' ORDER BY timestamp DESC LIMIT 5;""",
    ),
    (
        "Say what was right, and correct what should be otherwise.",
        """MARK TRAINABLE, VERIFIED WHERE cascade_id = 'semantic_matches' AND user_input ILIKE '%bamboo%' AS 'true';
MARK TRAINABLE, VERIFIED WHERE cascade_id = 'semantic_matches' AND user_input ILIKE '%steel%' AS 'true';
MARK TRAINABLE, VERIFIED WHERE cascade_id = 'semantic_matches' AND user_input ILIKE '%fork%' AS 'false';""",
    ),
    (
        "Ask again: the marked answers go along as examples.",
        "SELECT id, description, description MEANS 'eco-friendly' AS is_eco FROM products ORDER BY id;",
    ),
    (
        "What was learnt, per cascade and cell.",
        "SELECT cascade_id, cell_name, trainable_count, verified_count, avg_confidence, total_count "
        "FROM training_stats_by_cascade;",
    ),
)


class DemoFailed(Exception):
    """A step did not do what it should; the message is what the program said."""


def main() -> int:
    data_dir = Path(tempfile.mkdtemp(prefix="sqlserver-demo-"))
    try:
        with running_server(data_dir) as (host, port):
            for number, (title, sql) in enumerate(STEPS, 1):
                show(f"\n── {number}. {title}\n\n{indented(sql)}\n")
                show(run_sql(sql, host, port, data_dir))
        show("The demo's server is stopped and its data removed.\nREADME.md says how to keep one running.\n")
    except DemoFailed as failed:
        print(f"demo: {failed}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndemo: stopped", file=sys.stderr)
        return 130
    finally:
        shutil.rmtree(data_dir, ignore_errors=True)
    return 0


@contextmanager
def running_server(data_dir: Path) -> Iterator[tuple[str, int]]:
    """The address of a server over ``data_dir``, stopped at the end. What it says is shown as it says it."""
    command = [PROGRAM, "serve", "sql", "--port", "0", "--data-dir", str(data_dir)]
    show(f"$ {' '.join(['sqlserver', *command[1:]])}\n")
    # A session of its own: Ctrl-C reaches this script alone, which then stops the server in order.
    server = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert server.stdout is not None
    try:
        for line in server.stdout:
            show(line)
            found = re.match(r"listening on (.+):(\d+)$", line.strip())
            if found:
                rest = threading.Thread(target=drain, args=(server.stdout,), daemon=True)
                rest.start()
                yield found[1], int(found[2])
                return
        raise DemoFailed("the server did not start; its words stand above")
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def drain(stream: Iterator[str]) -> None:
    for line in stream:
        show(line)


def run_sql(sql: str, host: str, port: int, data_dir: Path) -> str:
    """What the client printed, notices included, in the order it was printed."""
    environment = os.environ | {"SQLSERVER_DATA_DIR": str(data_dir), "PGCONNECT_TIMEOUT": "10"}
    if shutil.which("psql"):
        command = ["psql", "-X", "-v", "ON_ERROR_STOP=1", f"postgresql://{host}:{port}/default"]
    else:
        command = [PROGRAM, "sql", "query", sql]
    done = subprocess.run(
        command, input=sql, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode != 0:
        raise DemoFailed(f"{command[0]} failed:\n{done.stdout}")
    return done.stdout


def indented(text: str) -> str:
    return "\n".join("    " + line for line in text.splitlines())


def show(text: str) -> None:
    print(text, end="" if text.endswith("\n") else "\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
