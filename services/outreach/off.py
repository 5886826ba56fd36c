"""Whether a post is of a kind under which a word of ours is out of place. Pure."""

from services.outreach.words import pattern


def is_off(text: str) -> bool:
    """True when somebody grieves, sells, hires, thanks or closes: by the words in `off.toml`."""
    return pattern("off").search(text.casefold()) is not None
