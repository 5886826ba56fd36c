"""Connections to a sandbox, stored as the command stores them."""

import base64
import secrets
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

from services.kit.db import Pool, transaction
from services.kit.vault import Vault
from services.networks.account_settings import part_settings
from services.networks.sandbox.account import SandboxAccount
from services.store.connections import add_connection

NOWHERE = "http://nowhere.invalid"


def new_key() -> SecretStr:
    return SecretStr(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())


def new_vault() -> Vault:
    return Vault([new_key()])


def account(url: str = NOWHERE, page: str = "lindenhof", token: str = "") -> SandboxAccount:
    return SandboxAccount(url=url, page=page, token=SecretStr(token or f"{page}-token"))


def sealed(vault: Vault, of: SandboxAccount) -> dict[str, Any]:
    """Return what is stored of settings."""
    plain, hidden = part_settings(of)
    return {"settings": plain, "secrets": vault.seal(hidden.get_secret_value())}


async def store(
    pool: Pool, vault: Vault, of: SandboxAccount | None = None, *, name: str = "sandbox:lindenhof"
) -> str:
    """Store a connection and return its name."""
    chosen = of or account()
    async with transaction(pool) as connection:
        assert await add_connection(
            connection, name, network="sandbox", now=datetime.now(UTC), **sealed(vault, chosen)
        )
    return name
