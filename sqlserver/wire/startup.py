"""What a client asks for when it connects: version, user, database, settings. Pure: packets in, values out."""

from __future__ import annotations

from sqlserver.core.client_session import StartupRequest
from sqlserver.core.errors import FeatureNotSupported, InvalidAuthorization, SyntaxFault
from sqlserver.wire.messages import NegotiateProtocolVersion, StartupMessage

NEWEST_MINOR = 2
_EXTENSION = "_pq_."


def negotiate(startup: StartupMessage) -> tuple[int, NegotiateProtocolVersion | None]:
    """The minor version to speak, and the message that says so where the client asked for more than there is."""
    minor = min(startup.minor, NEWEST_MINOR)
    unknown = tuple(name for name in startup.parameters if name.startswith(_EXTENSION))
    if minor == startup.minor and not unknown:
        return minor, None
    return minor, NegotiateProtocolVersion(minor, unknown)


def startup_request(startup: StartupMessage) -> StartupRequest:
    """Raises 28000 without a user, 42601 for ``options`` that cannot be read, 0A000 for replication."""
    given = {name: value for name, value in startup.parameters.items() if not name.startswith(_EXTENSION)}
    user = given.pop("user", "")
    if not user:
        raise InvalidAuthorization("no PostgreSQL user name specified in startup packet")
    if given.pop("replication", "false").lower() not in {"false", "off", "no", "0"}:
        raise FeatureNotSupported("replication connections are not supported")
    database = given.pop("database", "") or user
    settings = command_line_settings(given.pop("options", ""))
    # A parameter of its own wins over the same name inside ``options``, as in PostgreSQL.
    settings.update({name.lower(): value for name, value in given.items()})
    return StartupRequest(user, database, settings)


def command_line_settings(options: str) -> dict[str, str]:
    """``-c a=1 -cb=2 --c-d=3`` → ``{"a": "1", "b": "2", "c_d": "3"}``."""
    settings: dict[str, str] = {}
    words = iter(_words(options))
    for word in words:
        if word == "-c":
            assignment = next(words, "")
        elif word.startswith(("--", "-c")):
            assignment = word[2:]
        else:
            assignment = ""
        name, equals, value = assignment.partition("=")
        if not equals or not name:
            raise SyntaxFault(f"invalid command-line argument for server process: {word}")
        settings[name.replace("-", "_").lower()] = value
    return settings


def _words(options: str) -> list[str]:
    """Split at white space; a backslash takes the next character as it is."""
    words: list[str] = []
    word: list[str] = []
    characters = iter(options)
    for character in characters:
        if character == "\\":
            word.append(next(characters, ""))
        elif not character.isspace():
            word.append(character)
        elif word:
            words.append("".join(word))
            word = []
    if word:
        words.append("".join(word))
    return words
