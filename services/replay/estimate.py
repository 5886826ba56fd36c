"""What a replay will cost at most, before it begins. Pure."""

from dataclasses import dataclass
from decimal import Decimal

from services.kit.spending import Prices, Purse
from services.store.past import Usual
from services.store.spending import Spent

GUESS = Usual(0, 2600.0, 220.0, 8.0)
"""Of a draft where no model has drafted yet: a guess."""


@dataclass(frozen=True)
class Estimate:
    """Upper bounds: as if every comment were drafted for."""

    comments: int
    tokens: int
    cost: Decimal
    seconds: float
    guessed: bool
    """No earlier draft says what one costs."""
    tokens_left: int
    cost_left: Decimal | None
    """Of the month; None: no limit."""

    @property
    def is_too_much(self) -> bool:
        """More than may be spent: the replay would stop on the way."""
        dear = self.cost_left is not None and self.cost > self.cost_left
        return dear or self.tokens > self.tokens_left


def estimate(
    comments: int, usual: Usual, prices: Prices, purse: Purse, *, today: Spent, month: Spent
) -> Estimate:
    """Return the bounds, from what drafts have cost so far."""
    mean = usual if usual.drafts else GUESS
    tokens_in, tokens_out = round(comments * mean.tokens_in), round(comments * mean.tokens_out)
    return Estimate(
        comments=comments,
        tokens=tokens_in + tokens_out,
        cost=prices.of(tokens_in, tokens_out),
        seconds=comments * mean.seconds,
        guessed=not usual.drafts,
        tokens_left=max(0, purse.daily_tokens - today.tokens),
        cost_left=None
        if purse.monthly_cost is None
        else max(Decimal(0), purse.monthly_cost - month.cost),
    )


def estimate_line(found: Estimate, currency: str) -> str:
    """Say it in one sentence."""
    guess = " (a guess: no model has drafted yet)" if found.guessed else ""
    left = "" if found.cost_left is None else f" and {found.cost_left:.2f} {currency} this month"
    return (
        f"At most {found.comments} drafts, {found.tokens} tokens, {found.cost:.2f} {currency},"
        f" about {found.seconds / 60:.0f} minutes{guess};"
        f" {found.tokens_left} tokens are left today{left}."
    )
