"""Word lists as they stand beside the code: beginnings of words, and whole ones."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal


@cache
def pattern(name: Literal["off", "quarrel"]) -> re.Pattern[str]:
    """Return what finds any word of a list in a case-folded text."""
    said = tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))
    begins, whole = (
        "|".join(re.escape(word.casefold()) for word in said[kind]) for kind in ("begins", "whole")
    )
    return re.compile(rf"\b(?:(?:{whole})\b|{begins})")
