"""How words are marked that are translated elsewhere."""


def N_(text: str) -> str:  # noqa: N802 - the name gettext's tools look for
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text
