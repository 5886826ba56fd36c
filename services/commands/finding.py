"""What a check of something outside found, line by line."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `ok` is None for what is only good to know."""

    name: str
    ok: bool | None
    text: str

    def line(self) -> str:
        mark = {True: "yes", False: "NO ", None: "   "}[self.ok]
        return f"{mark} {self.name:<14s} {self.text}"
