"""Texts that have crashed, stalled or misled engines."""

from typing import Final

HOSTILE: Final = {
    "empty": "",
    "space": " \t\n ",
    "nul": "vorher\x00nachher",
    "only nul": "\x00" * 1000,
    "lone surrogates": "\ud83d kaputt \udc4d",
    "eight expanding ligatures": "ﷺ" * 8,
    "many expanding ligatures": "ﷺ" * 50_000,
    "right-to-left override": "\u202e!tug os tsi saD\u202c \u2067abc\u2069",
    "100 KB without a space": "a" * 100_000,
    "100 KB of words": "Wort " * 20_000,
    "100 KB of emoji": "😀" * 25_000,
    "emoji only": "👍🏽👨‍👩‍👧🏳️‍🌈",
    "piled-up accents": "e" + "\u0301\u0316" * 50_000,
    "tokenizer markers": "</s></s><pad><mask><s>",
    "noncharacters": "\ufffe\uffff\U0010ffff",
    "unassigned and private": "\ue000\U000f0000\u0378",
    "zero width": "I\u200bd\u200di\u2060o\ufefft",
}
