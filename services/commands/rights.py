"""Who may do what, as a table made from the code, for `dialogwerk users rights`."""

from services.review.labels import LABELS
from services.review.rights import RIGHTS, ROLES

DOOR = "Sign in, follow an invitation, choose a language"
SIGNED_OUT = "Signed out"


def rights_rows() -> list[tuple[str, ...]]:
    """Return a heading and a row for each action: who may, in the order of the roles."""
    heading = ("", *(LABELS[f"role.{role}"] for role in ROLES), SIGNED_OUT)
    door = (DOOR, *("yes" for _ in ROLES), "yes")
    rows = [
        (LABELS[f"right.{action}"], *("yes" if role in granted else "" for role in ROLES), "")
        for action, granted in RIGHTS.items()
    ]
    return [heading, door, *rows]


def rights_lines() -> list[str]:
    """Return the table for a terminal."""
    rows = rights_rows()
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def rights_markdown() -> list[str]:
    """Return the table for a document."""
    heading, *rows = rights_rows()
    rule = ("---", *(":---:" for _ in heading[1:]))
    return [f"| {' | '.join(row)} |" for row in (heading, rule, *rows)]
