"""Who may do what: four roles, each holding the one before it, and the authority a session acts under."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum

from sqlserver.core.errors import InsufficientPrivilege


class Role(IntEnum):
    """NONE: logged in, but no role was granted. What a later one may, the earlier ones may not."""

    NONE = 0
    READER = 1
    """Runs SELECT and operators, within its budget."""
    ANNOTATOR = 2
    """Also marks answers as examples."""
    ANALYST = 3
    """Also creates and writes tables."""
    ADMIN = 4
    """Also defines roles, operators, databases and settings."""

    @property
    def label(self) -> str:
        return self.name.lower()


ROLE_NAMES: dict[str, Role] = {role.label: role for role in Role if role is not Role.NONE}


def highest(roles: Iterable[Role]) -> Role:
    return max(roles, default=Role.NONE)


@dataclass(frozen=True, slots=True)
class Authority:
    """Whose session it is, and ``role``: what that user may at this moment, asked anew for each statement, so that a
    REVOKE holds for sessions that are open already."""

    user: str
    role: Callable[[], Role]

    def require(self, needed: Role, what: str) -> None:
        """42501 below ``needed``. ``what`` completes "permission denied"."""
        if self.role() < needed:
            raise InsufficientPrivilege(
                f"permission denied {what}", hint=f"It takes the role {needed.label}: GRANT {needed.label} TO the user."
            )


def administrator(user: str) -> Authority:
    """Everything is allowed: this machine's own user, or a part of the server itself."""
    return Authority(user, lambda: Role.ADMIN)
