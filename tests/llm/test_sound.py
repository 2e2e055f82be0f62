"""Phonetic likeness without an endpoint."""

import pytest

from sqlserver.llm.embedded.sound import likeness, sounds_alike


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Robert", "Rupert"), ("Smith", "Smyth"), ("night", "knight"), ("Catherine", "Kathryn"), ("Stephen", "Steven"),
        ("flower", "flour"), ("Geoff", "Jeff"), ("write", "right"), ("Jean Smith", "Jean Smyth"), ("SARA", "sarah"),
    ],
)  # fmt: skip
def test_words_that_sound_alike(left: str, right: str) -> None:
    assert sounds_alike(left, right)
    assert sounds_alike(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("cat", "dog"), ("John", "Mary"), ("house", "mouse"), ("Robert", "Richard"), ("Paris", "London"),
        ("Anna", "Anna Smith"), ("", "x"), ("123", "124"), ("sun", "moon"),
    ],
)  # fmt: skip
def test_words_that_do_not(left: str, right: str) -> None:
    assert not sounds_alike(left, right)


def test_likeness_is_between_0_and_1_and_1_for_the_same() -> None:
    assert likeness("Łódź", "łódź") == 1.0
    assert 0 <= likeness("Zoë", "Noë") < 1
