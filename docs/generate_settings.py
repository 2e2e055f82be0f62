"""Writes ``settings.md`` beside this file from ``sqlserver.config``: ``python -m docs.generate_settings``."""

from __future__ import annotations

from pathlib import Path

from sqlserver.config.session_settings import SESSION_SETTINGS
from sqlserver.config.settings import settings_page

PAGE = Path(__file__).with_name("settings.md")

_HEAD = """# Settings

Generated from `sqlserver/config/settings.py` and `sqlserver/config/session_settings.py` by
`python -m docs.generate_settings`; a test compares.

## Of the server

Read once at start. A command-line option wins over the environment, the environment over the default.

"""

_SESSION_HEAD = """
## Of a session

`SET name = value`, `SET LOCAL`, `RESET` and `SHOW` work as in PostgreSQL: a SET is undone by ROLLBACK. A name that is
not in this table goes to DuckDB. The `semantic.*` settings may also be given for one statement at its head:
`/*+ semantic.on_error=error */ SELECT …`.

| setting | type | default | what |
|---|---|---|---|
"""


def page() -> str:
    """The whole page, in Markdown."""
    rows = [
        f"| `{setting.name}` | {setting.type} | {f'`{setting.default}`' if setting.default else '–'} | {setting.help}"
        f"{'' if setting.check else ' (read only)'} |"
        for setting in SESSION_SETTINGS
    ]
    return _HEAD + settings_page() + _SESSION_HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
