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
        "A table, in plain SQL",
        """CREATE TABLE products (id INT, description VARCHAR);
INSERT INTO products VALUES
  (1, 'Eco-friendly bamboo toothbrush'),
  (2, 'Sustainable cotton t-shirt'),
  (3, 'Plastic water bottle'),
  (4, 'Reusable steel water bottle'),
  (5, 'Disposable plastic fork'),
  (6, 'Linen napkins');""",
    ),
    (
        "Ask for a meaning: six distinct texts, six model calls",
        "SELECT id, description, description MEANS 'eco-friendly' AS is_eco FROM products ORDER BY id;",
    ),
    (
        "The calls just made, in the log",
        """SELECT left(trace_id, 13) || '…' AS trace, replace(user_input, chr(10), '; ') AS user_input, assistant_output
FROM training_examples_mv WHERE cascade_id = 'semantic_matches' ORDER BY timestamp DESC LIMIT 6;""",
    ),
    (
        "Say that the first five were answered right",
        """MARK TRAINABLE, VERIFIED
WHERE cascade_id = 'semantic_matches' AND NOT user_input ILIKE '%napkins%' NOTES 'checked by hand';""",
    ),
    (
        "Ask again: the marked answers go along as examples",
        "SELECT id, description, description MEANS 'eco-friendly' AS is_eco FROM products ORDER BY id;",
    ),
    (
        "What was taught, per cascade and cell",
        """SELECT cascade_id, cell_name, trainable_count, verified_count, avg_confidence, total_count
FROM training_stats_by_cascade;""",
    ),
)


class DemoFailed(Exception):
    """A step did not do what it should; the message is what the program said."""


def main() -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that every way to stop it cleans up
    data_dir = Path(tempfile.mkdtemp(prefix="sqlserver-demo-"))
    try:
        with running_server(data_dir) as (host, port):
            run_steps(host, port, data_dir)
        show("\nThe demo's server is stopped and its data removed. README.md says how to keep one running.")
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
        command,
        env={"SQLSERVER_LOG_LEVEL": "WARNING"} | os.environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
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


def run_steps(host: str, port: int, data_dir: Path) -> None:
    """All steps in one psql session that echoes what it runs, or one ``sqlserver sql query`` each."""
    headings = [f"── {number}. {title}" for number, (title, _) in enumerate(STEPS, 1)]
    if shutil.which("psql"):
        # \warn writes at once, as notices do, and psql flushes what it echoes: so the order on the screen is true.
        script = [
            f"\\warn\n\\warn '{heading}'\n\\warn\n{sql}\n" for heading, (_, sql) in zip(headings, STEPS, strict=True)
        ]
        command = ["psql", "-X", "-e", "-v", "ON_ERROR_STOP=1", f"postgresql://{host}:{port}/default"]
        show(f"$ {' '.join(command)}")
        finish(command, "".join(script), data_dir)
        return
    for heading, (_, sql) in zip(headings, STEPS, strict=True):
        show(f"\n{heading}\n\n{sql}")
        finish([PROGRAM, "sql", "query", sql], "", data_dir)


def finish(command: list[str], given: str, data_dir: Path) -> None:
    """Runs a client whose words go straight to the terminal."""
    environment = os.environ | {"SQLSERVER_DATA_DIR": str(data_dir), "PGCONNECT_TIMEOUT": "10"}
    done = subprocess.run(command, input=given, env=environment, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise DemoFailed(f"{command[0]} ended with exit code {done.returncode}; its words stand above")


def show(text: str) -> None:
    print(text, end="" if text.endswith("\n") else "\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
