"""`dialogwerk account`: who may sign in."""

from services.kit.db import open_pool, transaction
from services.kit.settings import Settings
from services.review.passwords import UnfitName, UnfitPassword, create_account
from services.store.accounts import Language, find_account


async def add(settings: Settings, name: str, password: str, language: Language) -> str | None:
    """Create an account; return why not, None when it was created."""
    async with open_pool(settings.database_url) as pool, transaction(pool) as connection:
        if await find_account(connection, name) is not None:
            return f"There is an account {name} already"
        try:
            await create_account(connection, name, password, language)
        except (UnfitName, UnfitPassword) as error:
            return str(error)
    return None
