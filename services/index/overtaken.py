"""Why what was handed in earlier does not replace what was handed in later."""


class Overtaken(Exception):
    """A later version is taken in already; `german` and `english` say so in a sentence."""

    german = (
        "Inzwischen ist eine neuere Fassung aufgenommen worden. Diese ältere Fassung wurde nicht "
        "mehr übernommen."
    )
    english = "A newer version has been taken in meanwhile. This older one was left out."

    def __init__(self) -> None:
        super().__init__(self.english)
