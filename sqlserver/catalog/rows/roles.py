"""pg_authid and pg_auth_members: users, the roles that can be granted, who has which. Verifiers are never here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlserver.catalog.objects import DatabaseObjects
from sqlserver.catalog.rows.numbering import Numbering
from sqlserver.catalog.rows.relations import OWNER


def roles(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    for one in objects.roles:
        may = one.superuser
        yield {
            "oid": oids.roles[one.name], "rolname": one.name, "rolsuper": may, "rolinherit": True,
            "rolcreaterole": may, "rolcreatedb": may, "rolcanlogin": one.can_login, "rolreplication": False,
            "rolbypassrls": may, "rolconnlimit": -1,
        }  # fmt: skip


def memberships(objects: DatabaseObjects, oids: Numbering) -> Iterator[dict[str, Any]]:
    for one in objects.roles:
        for role in one.member_of:
            yield {
                "roleid": oids.roles[role], "member": oids.roles[one.name], "grantor": OWNER, "admin_option": False,
            }  # fmt: skip
