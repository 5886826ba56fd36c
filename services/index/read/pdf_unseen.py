"""Finds the text of a PDF page that nobody sees: white, tiny, transparent, covered, off the page.

Such text is no part of the publication; it may be there to be read by machines only. Text without
ink counts where a picture is under it: that is how text recognition writes on scanned pages.
"""

from dataclasses import dataclass, field
from typing import Any

from services.index.read.pdf_paint import (
    Box,
    Color,
    Matrix,
    corners,
    fill_color,
    is_rectangle,
    moved,
    numbers,
    product,
)

_SMALLEST = 2.0
"""Points below which nobody reads letters."""
_FAINTEST = 0.06
"""Difference of brightness or opacity, 0 to 1, below which nobody sees letters."""
_OPAQUE = 0.9
_MOST_PAINTS = 3000
"""Areas, as maps have them, beyond which nobody compares all of them with all texts."""
_NO_INK = (3, 7)
_OUTLINED = (1, 2, 5, 6)
SHOWING = frozenset({b"Tj", b"TJ", b"'", b'"'})
"""The operators that show text."""
_FILLING = frozenset({b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"})
_PATHS = frozenset({b"m", b"l", b"c", b"v", b"y", b"re", b"h"})
_PATH_ENDS = _FILLING | {b"n", b"S", b"s"}
_IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)
_WHITE: Color = (1.0, 1.0, 1.0)


@dataclass
class _State:
    """What `q` saves and `Q` restores."""

    color: Color | None = (0.0, 0.0, 0.0)
    """None where it is not known."""
    space: Any = None
    opacity: float = 1.0
    mode: int = 0
    size: float = 0.0
    clip: Box | None = None

    def copy(self) -> "_State":
        return _State(**vars(self))


@dataclass(frozen=True)
class _Paint:
    """An area that was painted; what is no plain rectangle has an unknown color."""

    box: Box
    color: Color | None
    opacity: float
    is_image: bool = False


@dataclass
class Looking:
    """Follows what a page draws; as pypdf's `visitor_operand_before` and `_after`."""

    page: Box
    resources: list[Any]
    _states: list[_State] = field(default_factory=lambda: [_State()])
    _bases: list[Matrix] = field(default_factory=lambda: [_IDENTITY])
    _path: list[tuple[float, float]] = field(default_factory=list)
    _is_plain: bool = True
    _clips: bool = False
    _paints: list[_Paint] = field(default_factory=list)
    _unseen: set[int] = field(default_factory=set)
    _shown: list[tuple[tuple[float, float], int]] = field(default_factory=list)
    """Where each text was shown, and how much had been painted before."""

    def before(self, operator: bytes, operands: list[Any], cm: Any, tm: Any) -> None:
        """Look at one operator."""
        if operator in SHOWING:
            self._show(product(tuple(map(float, tm)), self._place(cm)))
        elif operator == b"Do":
            self._draw(operands, self._place(cm))
        elif operator == b"INLINE IMAGE":
            self._paint(_unit(self._place(cm)), is_image=True)
        elif operator == b"sh":
            page = self.page
            self._paint([(page.left, page.bottom), (page.right, page.top)])
        elif operator in _PATH_ENDS:
            self._end_path(operator)
        elif operator in (b"W", b"W*"):
            self._clips = True
        elif operator in _PATHS:
            self._go(operator, numbers(operands), cm)
        else:
            self._set(operator, operands)

    def after(self, operator: bytes, operands: list[Any], cm: Any, tm: Any) -> None:
        """Come back from a form."""
        del cm, tm
        if operator == b"Do" and self._form(operands) is not None and len(self._bases) > 1:
            self._bases.pop()
            self.resources.pop()
            self._states.pop()

    @property
    def unseen(self) -> frozenset[int]:
        """The numbers of the texts, in the order shown, that nobody sees."""
        if len(self._paints) > _MOST_PAINTS:
            return frozenset(self._unseen)
        covers = [
            (number, paint)
            for number, paint in enumerate(self._paints)
            if paint.color is not None and paint.opacity >= _OPAQUE
        ]
        covered = {
            text
            for text, (point, painted) in enumerate(self._shown)
            if any(number >= painted and paint.box.holds(point) for number, paint in covers)
        }
        return frozenset(self._unseen | covered)

    @property
    def _state(self) -> _State:
        return self._states[-1]

    def _show(self, matrix: Matrix) -> None:
        state = self._state
        height = state.size * (matrix[2] ** 2 + matrix[3] ** 2) ** 0.5
        rise = state.size / 4
        point = (
            matrix[4] + rise * (matrix[0] + matrix[2]),
            matrix[5] + rise * (matrix[1] + matrix[3]),
        )
        near = self._paints[-_MOST_PAINTS:]
        under = next((one for one in reversed(near) if one.box.holds(point)), None)
        ground = under.color if under else _WHITE if len(self._paints) <= _MOST_PAINTS else None
        faint = (
            state.color is not None
            and ground is not None
            and state.mode not in _OUTLINED
            and max(abs(a - b) for a, b in zip(state.color, ground, strict=True)) < _FAINTEST
        )
        if (
            faint
            or height < _SMALLEST
            or state.opacity < _FAINTEST
            or not self.page.holds(point)
            or (state.mode in _NO_INK and not self._is_on_image(point))
        ):
            self._unseen.add(len(self._shown))
        self._shown.append((point, len(self._paints)))

    def _is_on_image(self, point: tuple[float, float]) -> bool:
        return any(one.is_image and one.box.holds(point) for one in self._paints[-_MOST_PAINTS:])

    def _place(self, cm: Any) -> Matrix:
        return product(tuple(map(float, cm)), self._bases[-1])

    def _paint(
        self, outline: list[tuple[float, float]], color: Color | None = None, *,
        is_image: bool = False,
    ) -> None:  # fmt: skip
        clip, box = self._state.clip, corners(outline)
        box = box if clip is None else box.within(clip)
        if min(box.right - box.left, box.top - box.bottom) >= _SMALLEST:
            self._paints.append(_Paint(box, color, self._state.opacity, is_image=is_image))

    def _draw(self, operands: list[Any], place: Matrix) -> None:
        form = self._form(operands)
        if form is None:
            self._paint(_unit(place), is_image=True)
            return
        matrix = numbers(form.get("/Matrix", _IDENTITY))
        self._bases.append(product(matrix if len(matrix) == 6 else _IDENTITY, place))
        self.resources.append(form.get("/Resources") or self.resources[-1])
        self._states.append(self._state.copy())

    def _form(self, operands: list[Any]) -> Any:
        """The form that `Do` draws, None if it is a picture or unknown."""
        drawn = _entry(self.resources[-1], "/XObject", operands[0]) if operands else None
        return drawn if drawn is not None and drawn.get("/Subtype") == "/Form" else None

    def _go(self, operator: bytes, given: Matrix, cm: Any) -> None:
        """Follow a path."""
        place = self._place(cm)
        if operator == b"re" and len(given) == 4:
            x, y, width, height = given
            given = (x, y, x + width, y, x + width, y + height, x, y + height)
        self._is_plain = self._is_plain and operator in (b"m", b"l", b"re", b"h")
        self._path += [moved(point, place) for point in zip(given[::2], given[1::2], strict=False)]

    def _end_path(self, operator: bytes) -> None:
        if self._path:
            plain = self._is_plain and is_rectangle(self._path)
            if operator in _FILLING:
                self._paint(self._path, self._state.color if plain else None)
            if self._clips:
                box, clip = corners(self._path), self._state.clip
                self._state.clip = box if clip is None else box.within(clip)
        self._path, self._is_plain, self._clips = [], True, False

    def _set(self, operator: bytes, operands: list[Any]) -> None:
        state = self._state
        match operator:
            case b"q":
                self._states.append(state.copy())
            case b"Q" if len(self._states) > len(self._bases):
                self._states.pop()
            case b"Tf" if size := numbers(operands[1:]):
                state.size = abs(size[0])
            case b"Tr" if mode := numbers(operands):
                state.mode = int(mode[0])
            case b"gs" if operands:
                look = _entry(self.resources[-1], "/ExtGState", operands[0]) or {}
                state.opacity = (*numbers([look.get("/ca")]), state.opacity)[0]
            case b"cs" if operands:
                known = _entry(self.resources[-1], "/ColorSpace", operands[0])
                state.space = operands[0] if known is None else known
                state.color = fill_color(b"cs", [], state.space)
            case b"g" | b"rg" | b"k" | b"sc" | b"scn":
                state.color = fill_color(operator, operands, state.space)
            case _:
                pass


def _unit(place: Matrix) -> list[tuple[float, float]]:
    return [moved(point, place) for point in ((0, 0), (1, 0), (1, 1), (0, 1))]


def _entry(resources: Any, kind: str, name: Any) -> Any:
    """A named resource, None where there is none."""
    listed = resources.get_object().get(kind) if resources is not None else None
    found = listed.get_object().get(name) if listed is not None else None
    return found.get_object() if found is not None else None
