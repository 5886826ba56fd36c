"""What is done to accounts: each deed is noted, and open pages hear of it."""

from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import uuid4

import psycopg

from services.kit.db import Connection
from services.review.passwords import Passwords, fit_name, fit_password
from services.review.refusals import Refused, Unknown, clean
from services.review.security import digest, new_token
from services.store import accounts, items, people, provider_sign_ins, second_factors, sessions
from services.store.accounts import Language, Role

INVITED_FOR = timedelta(hours=72)
DOOR_FOR = timedelta(minutes=15)
MAX_EMAIL = 254
Change = Literal["disable", "enable", "invite", "forget_second", "sign_out", "unlink"]


async def create(
    connection: Connection, *, name: str, role: Role, language: Language = "de", email: str = "",
    password_hash: str | None = None, by: str | None,
) -> str:  # fmt: skip
    """Store an account and return its id.

    Raises UnfitName, and Refused when name or address are taken or the address is none.
    """
    address = clean(email)
    if address and (len(address) > MAX_EMAIL or "@" not in address or " " in address):
        raise Refused("no_address")
    account_id = uuid4().hex
    try:
        async with connection.transaction():
            await accounts.add_account(
                connection, account_id=account_id, name=fit_name(name), role=role,
                language=language, email=address or None, password_hash=password_hash,
            )  # fmt: skip
    except psycopg.errors.UniqueViolation as error:
        raise Refused("name_taken") from error
    await people.add_event(connection, account_id, "created", by=by, detail=role)
    return account_id


async def invite(connection: Connection, account_id: str, *, by: str | None) -> str:
    """Return the secret of a link under which the person chooses a password, once, within days."""
    token = new_token()
    await people.save_invitation(
        connection, token_hash=digest(token), account_id=account_id,
        expires_at=datetime.now(UTC) + INVITED_FOR,
    )  # fmt: skip
    await people.add_event(connection, account_id, "invited", by=by)
    return token


async def make_door(connection: Connection, account_id: str) -> str:
    """Return the secret of a link that lets its owner in once, within minutes; for the shell."""
    token = new_token()
    await people.save_invitation(
        connection, token_hash=digest(token), account_id=account_id,
        expires_at=datetime.now(UTC) + DOOR_FOR, opens=True,
    )  # fmt: skip
    await people.add_event(connection, account_id, "door", by=None)
    return token


async def give_role(connection: Connection, account_id: str, role: Role, *, by: str | None) -> None:
    """Change what somebody may do; it counts at once.

    Raises Unknown without such an account, and Refused for the last admin.
    """
    if not await people.exists(connection, account_id):
        raise Unknown(account_id)
    await _keep_an_admin(connection, account_id, unless=role == "admin")
    if await people.save_role(connection, account_id, role):
        await people.add_event(connection, account_id, "role", by=by, detail=role)
        await items.tell_desks(connection, None)


async def disable(connection: Connection, account_id: str, *, by: str | None) -> None:
    """Shut an account: its sessions and invitations end. Raises Refused for the last admin."""
    await _keep_an_admin(connection, account_id)
    if await people.save_disabled(connection, account_id, disabled=True):
        await sessions.end_sessions(connection, account_id)
        await people.void_invitations(connection, account_id)
        await people.add_event(connection, account_id, "disabled", by=by)
        await items.tell_desks(connection, None)


async def enable(connection: Connection, account_id: str, *, by: str | None) -> None:
    """Let somebody in again, with password and role as they were."""
    if await people.save_disabled(connection, account_id, disabled=False):
        await people.add_event(connection, account_id, "enabled", by=by)


async def set_password(
    connection: Connection, account_id: str, password_hash: str, *, by: str | None, but: str = ""
) -> None:
    """Store a new password; all sessions end, except one if it is named."""
    await accounts.save_password_hash(connection, account_id, password_hash)
    await people.void_invitations(connection, account_id)
    await people.add_event(connection, account_id, "password", by=by)
    await sign_out(connection, account_id, but=but)


async def forget_second(connection: Connection, account_id: str, *, by: str | None) -> None:
    """Forget a lost second factor; its owner signs in with the password and sets up a new one."""
    if await second_factors.forget(connection, account_id):
        await people.add_event(connection, account_id, "second_reset", by=by)
        await sign_out(connection, account_id)


async def unlink(connection: Connection, account_id: str, *, by: str | None) -> None:
    """Part an account from who owns it at the provider; its address may be joined anew."""
    if await provider_sign_ins.part(connection, account_id):
        await people.add_event(connection, account_id, "unlinked", by=by)
        await sign_out(connection, account_id)


async def sign_out(connection: Connection, account_id: str, *, but: str = "") -> None:
    """End somebody's sessions; their open pages end with them."""
    await sessions.end_sessions(connection, account_id, but=but)
    await items.tell_desks(connection, None)


async def end_session(connection: Connection, account_id: str, session_id: str) -> None:
    """End one of somebody's sessions."""
    if await sessions.end_session(connection, account_id, session_id):
        await items.tell_desks(connection, None)


async def change(
    connection: Connection, account_id: str, what: Change, *, by: str | None
) -> str | None:
    """Do what a button of the people page says; return the secret of an invitation, if it is one.

    Raises Unknown without such an account, and Refused.
    """
    if not await people.exists(connection, account_id):
        raise Unknown(account_id)
    if what == "invite":
        if await accounts.read_account(connection, account_id) is None:
            raise Refused("disabled")
        return await invite(connection, account_id, by=by)
    if what == "sign_out":
        await sign_out(connection, account_id)
        await people.add_event(connection, account_id, "signed_out", by=by)
    deeds = {
        "disable": disable, "enable": enable, "forget_second": forget_second, "unlink": unlink,
    }  # fmt: skip
    if what in deeds:
        await deeds[what](connection, account_id, by=by)
    return None


async def accept(connection: Connection, token: str, password: str, passwords: Passwords) -> bool:
    """Set the password that an invited person chose; return False when the link is void.

    Raises UnfitPassword.
    """
    fit_password(password)
    account_id = await people.take_invitation(connection, digest(token))
    if account_id is None:
        return False
    await set_password(connection, account_id, await passwords.hash(password), by=account_id)
    return True


async def _keep_an_admin(connection: Connection, account_id: str, *, unless: bool = False) -> None:
    """Refuse to take away the last admin; two changes at once wait for each other."""
    admins = await people.lock_admins(connection)
    if not unless and list(admins) == [account_id]:
        raise Refused("last_admin")
