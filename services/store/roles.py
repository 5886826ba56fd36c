"""Database roles: one per service, with the privileges its SQL needs and no more."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Literal, get_args
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql
from psycopg.sql import SQL, Identifier

from services.kit.db import Connection, alone

Verb = Literal["select", "insert", "update", "delete"]
VERBS = {verb: SQL(verb) for verb in get_args(Verb)}
Privileges = Mapping[str, Mapping[str, list[Verb]]]
"""Service to table to what it may do there."""
WITHOUT_SIGN_IN = ("replay",)
"""Commands with a role that nobody signs in as: whoever runs one takes it on."""


def load_privileges() -> Privileges:
    """Return what `dialogwerk schemas` found in the code of each service."""
    text = files("schemas").joinpath("generated", "privileges.json").read_text(encoding="utf-8")
    loaded: Privileges = json.loads(text)
    return loaded


def role_of(database: str, service: str) -> str:
    """Return a service's role; roles belong to the whole server, so the database is part of it."""
    return f"{database}_{service}"


def as_role(url: str, service: str, password: str) -> str:
    """Return a database's address with a service's role in the place of the owner."""
    parts = urlsplit(url)
    role = role_of(parts.path.lstrip("/"), service)
    place = parts.netloc.rpartition("@")[2]
    user = f"{quote(role, safe='')}:{quote(password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{user}@{place}"))


async def provision_roles(
    url: str, privileges: Privileges, passwords: Mapping[str, str], *, tighten: bool
) -> list[str]:
    """Create or change the services' roles; return what was done.

    What a role may do beyond its privileges is taken away only with `tighten`: during an upgrade
    the services of the earlier release may still need it. Raises psycopg.errors.
    """
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await alone(connection, for_transaction=True)
        database = connection.info.dbname
        done: list[str] = []
        for service, wanted in privileges.items():
            if service in passwords:
                role = role_of(database, service)
                done += await _sign_in(connection, role, passwords[service])
                done += await _allow(connection, role, wanted, tighten=tighten)
            elif service in WITHOUT_SIGN_IN and await _may_make_roles(connection):
                role = role_of(database, service)
                done += await _take_on(connection, role)
                done += await _allow(connection, role, wanted, tighten=tighten)
    return done


async def role_to_take_on(connection: Connection, command: str) -> str | None:
    """Return the role that a command works in, None when there is none or it may not be taken."""
    role = role_of(connection.info.dbname, command)
    found = await connection.execute(
        "select from pg_roles where rolname = %(role)s and pg_has_role(rolname, 'member')",
        {"role": role},
    )
    return role if await found.fetchone() is not None else None


async def _may_make_roles(connection: Connection) -> bool:
    found = await connection.execute(
        "select from pg_roles where rolname = current_user and (rolsuper or rolcreaterole)"
    )
    return await found.fetchone() is not None


async def _take_on(connection: Connection, role: str) -> list[str]:
    """Make a role without a sign-in whose member the database's owner is."""
    found = await connection.execute("select from pg_roles where rolname = %s", [role])
    if await found.fetchone() is not None:
        return []
    await connection.execute(SQL("create role {} nologin").format(Identifier(role)))
    await connection.execute(SQL("grant {} to current_user").format(Identifier(role)))
    return [f"role {role} created"]


async def _sign_in(connection: Connection, role: str, password: str) -> list[str]:
    """Make the role, or give it the password of now."""
    found = await connection.execute("select from pg_roles where rolname = %s", [role])
    order = SQL("alter role {} login password {}")
    done: list[str] = []
    if await found.fetchone() is None:
        order = SQL("create role {} login password {}")
        done = [f"role {role} created"]
    await connection.execute(order.format(Identifier(role), sql.Literal(password)))
    return done


async def _allow(
    connection: Connection, role: str, wanted: Mapping[str, list[Verb]], *, tighten: bool
) -> list[str]:
    rows = await connection.execute(
        "select c.relname, array_agg(lower(a.privilege_type)) from pg_class c,"
        " aclexplode(c.relacl) a where c.relnamespace = 'public'::regnamespace"
        " and c.relkind in ('r', 'v', 'p', 'm') and a.grantee = %s::regrole group by c.relname",
        [Identifier(role).as_string(connection)],
    )
    has = {table: set(verbs) async for table, verbs in rows}
    done: list[str] = []
    for table in sorted({*wanted, *has}):
        missing = set(wanted.get(table, ())) - has.get(table, set())
        too_much = has.get(table, set()) - set(wanted.get(table, ()))
        if missing:
            await _change(connection, SQL("grant {} on {} to {}"), missing, table, role)
            done.append(f"role {role} may {', '.join(sorted(missing))} {table}")
        if too_much and tighten:
            await _change(connection, SQL("revoke {} on {} from {}"), too_much, table, role)
            done.append(f"role {role} may no longer {', '.join(sorted(too_much))} {table}")
    return done


async def _change(
    connection: Connection, order: SQL, verbs: set[Verb], table: str, role: str
) -> None:
    listed = SQL(", ").join(VERBS[verb] for verb in sorted(verbs))
    await connection.execute(order.format(listed, Identifier(table), Identifier(role)))
