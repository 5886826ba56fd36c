"""Numbers written as German or English words. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

_SMALL = {
    word: number
    for number, words in enumerate(
        (
            "null zero", "", "zwei zwo zweier two", "drei dreier three", "vier four",
            "fünf fuenf five", "sechs six", "sieben seven", "acht eight", "neun nine", "zehn ten",
            "elf eleven", "zwölf zwoelf twelve", "dreizehn thirteen", "vierzehn fourteen",
            "fünfzehn fuenfzehn fifteen", "sechzehn sixteen", "siebzehn seventeen",
            "achtzehn eighteen", "neunzehn nineteen",
        )
    )
    for word in words.split()
}  # fmt: skip
_TENS = {
    word: 10 * number
    for number, words in enumerate(
        (
            "zwanzig twenty", "dreißig dreissig thirty", "vierzig forty fourty",
            "fünfzig fuenfzig fifty", "sechzig sixty", "siebzig seventy", "achtzig eighty",
            "neunzig ninety",
        ),
        start=2,
    )
    for word in words.split()
}  # fmt: skip
_ONE = {"ein", "eine", "einen", "einem", "einer", "eines", "eins", "one", "a", "an"}
SCALES = {
    **dict.fromkeys(("hundert", "hunderte", "hunderten", "hundred", "hundreds"), 100),
    **dict.fromkeys(("tausend", "tausende", "tausenden", "thousand", "thousands"), 1000),
    **dict.fromkeys(("dutzend", "dutzende", "dozen", "dozens"), 12),
    **dict.fromkeys(("million", "millionen", "millions"), 10**6),
    **dict.fromkeys(("milliarde", "milliarden", "billion", "billionen", "billions"), 10**9),
}
_SHARES = {
    **dict.fromkeys(("hälfte", "halb", "halbe", "halben", "halber", "halbes", "half", "halves"), 2),
    **dict.fromkeys(("drittel", "third", "thirds"), 3),
    **dict.fromkeys(("viertel", "quarter", "quarters"), 4),
    **dict.fromkeys(("fünftel", "fifth", "fifths"), 5),
    **dict.fromkeys(("zehntel", "tenth", "tenths"), 10),
}
_OTHERS: dict[str, frozenset[Fraction]] = {
    **dict.fromkeys(
        ("doppelt", "doppelte", "doppelten", "doppelter", "verdoppelt"), frozenset({Fraction(2)})
    ),
    **dict.fromkeys(("double", "doubled", "doubles", "twice", "second"), frozenset({Fraction(2)})),
    **dict.fromkeys(("triple", "tripled"), frozenset({Fraction(3)})),
    **dict.fromkeys(("anderthalb", "eineinhalb"), frozenset({Fraction(3, 2)})),
    "zweieinhalb": frozenset({Fraction(5, 2)}),
    "dreieinhalb": frozenset({Fraction(7, 2)}),
    "third": frozenset({Fraction(3), Fraction(1, 3)}),
    "fifth": frozenset({Fraction(5), Fraction(1, 5)}),
    "tenth": frozenset({Fraction(10), Fraction(1, 10)}),
}
_IRREGULAR = {"drit": 3, "sieb": 7, "eigh": 8, "nin": 9, "twelf": 12, "twentie": 20, "thirtie": 30}
_ORDINAL = re.compile(r"(.{3,}?)(?:s?te[nrsm]?|s?tens|th)")
_COUNTED = re.compile(
    r"(.{2,}?)(?:mal(?:ig\w{0,2})?|fach\w{0,2}|fold|(?:tägig|wöchig|monatig|jährig|stündig|minütig"
    r"|prozentig|köpfig|teilig|stellig)\w{0,2})"
)
_WORD = re.compile(r"[^\W\d_]+")
_JOINT = re.compile(r"[ -]{1,2}|[ -]and[ -]")


@dataclass(frozen=True)
class Spelled:
    """A number in words and where it stands; several values when the words can mean both."""

    values: frozenset[Fraction]
    start: int
    end: int

    @property
    def is_article(self) -> bool:
        """True for `ein` and `one`, which seldom count."""
        return self.values == {1}


def spelled_numbers(text: str) -> Iterator[Spelled]:
    """Yield the numbers written as words in a text in small letters."""
    run: list[re.Match[str]] = []
    for word in _WORD.finditer(text):
        if run and not _JOINT.fullmatch(text, run[-1].end(), word.start()):
            yield from _read_run(run)
            run = []
        if _is_numeric(word[0]):
            run.append(word)
        elif run and word[0] != "and":
            yield from _read_run(run)
            run = []
    yield from _read_run(run)


def _is_numeric(word: str) -> bool:
    return word in SCALES or word in _SHARES or bool(_values(word))


def _read_run(run: list[re.Match[str]]) -> Iterator[Spelled]:
    """Read words that stand side by side: `two hundred thousand` is one number, `two ten` two."""
    start = 0
    while start < len(run):
        values, end = _longest([word[0] for word in run[start:]])
        yield Spelled(values, run[start].start(), run[start + end - 1].end())
        start += end


def _longest(words: list[str]) -> tuple[frozenset[Fraction], int]:
    """Return what the longest number at the beginning can mean, and of how many words it is."""
    total = group = Fraction(0)
    for position, word in enumerate(words):
        if word in _SHARES and position:
            return frozenset({(total + group) / _SHARES[word]}), position + 1
        if word in SCALES:
            if position and not group:
                return frozenset({total}), position
            group = (group or Fraction(1)) * SCALES[word]
            if SCALES[word] >= 1000:
                total, group = total + group, Fraction(0)
            continue
        values = _values(word)
        if position and not (len(values) == 1 and _goes_on(total, group, min(values))):
            return frozenset({total + group}), position
        if len(values) > 1 or word in _SHARES:
            return values, 1
        group += min(values)
    return frozenset({total + group}), len(words)


def _goes_on(total: Fraction, group: Fraction, value: Fraction) -> bool:
    """Whether a number may follow within one: below the tens, hundreds or thousands before it."""
    if group:
        below = 100 if group % 100 == 0 else 10
        return value < below and group % below == 0
    return bool(total) and value < 1000


def _values(word: str) -> frozenset[Fraction]:
    """Return what a single word can mean as a number; empty when it is none."""
    if word in _OTHERS:
        return _OTHERS[word]
    if (cardinal := _cardinal(word)) is not None:
        return frozenset({Fraction(cardinal)})
    if word in _SHARES:
        return frozenset({Fraction(1, _SHARES[word])})
    counted, ordinal = _COUNTED.fullmatch(word), _ORDINAL.fullmatch(word)
    number = _cardinal(counted[1]) if counted else None
    if number is None and ordinal:
        number = _IRREGULAR.get(ordinal[1], _cardinal(ordinal[1]))
    return frozenset() if number is None else frozenset({Fraction(number)})


def _cardinal(word: str) -> int | None:
    """Read one word, a German compound such as `zweihundertfünfzig` among them."""
    if word in _ONE:
        return 1
    known = _SMALL.get(word, _TENS.get(word, SCALES.get(word)))
    if known is not None:
        return known
    for name, scale in (("tausend", 1000), ("hundert", 100)):
        left, found, right = word.partition(name)
        if found:
            times = _cardinal(left) if left else 1
            rest = _cardinal(right.removeprefix("und")) if right else 0
            return None if times is None or rest is None else times * scale + rest
    left, found, right = word.partition("und")
    if found and right in _TENS and (left == "ein" or left in _SMALL):
        return _TENS[right] + (_SMALL.get(left, 1))
    return None
