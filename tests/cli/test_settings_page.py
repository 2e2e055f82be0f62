"""The settings page says what the tables say."""

from __future__ import annotations

from docs.generate_settings import PAGE, page


def test_the_page_is_generated_from_the_tables() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m docs.generate_settings"
