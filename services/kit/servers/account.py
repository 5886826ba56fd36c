"""The account that PostgreSQL runs under: it refuses to run as root."""

import os
import pwd
from pathlib import Path

from services.kit.servers.child import Account

_NOBODY = Account(uid=65534, gid=65534)


def server_account(data: Path) -> Account | None:
    """Return None (the user we are) or, when we are root, the owner of `data` or nobody."""
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return _NOBODY
    return Account(nobody.pw_uid, nobody.pw_gid)


def hand_over(folder: Path, account: Account) -> None:
    """Make `account` the owner of all that the folder holds, links not followed, and last of it.

    So an interrupted hand-over is seen by the folder's owner and done again.
    """
    for parent, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            os.chown(Path(parent, name), account.uid, account.gid, follow_symlinks=False)
    os.chown(folder, account.uid, account.gid)
