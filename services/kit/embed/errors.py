"""What goes wrong with embedding; imports nothing, so that whoever only hears of it may."""


class EmbeddingError(Exception):
    """Texts could not be embedded; `temporary` tells whether trying again later can help."""

    def __init__(self, message: str, *, temporary: bool = False) -> None:
        super().__init__(message)
        self.temporary = temporary
