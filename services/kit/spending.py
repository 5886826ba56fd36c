"""What a language model costs, and how much it may. Pure."""

from dataclasses import dataclass
from decimal import Decimal

from services.kit.settings import Settings

MILLION = 1_000_000


@dataclass(frozen=True)
class Prices:
    """Prices of a million tokens, in the currency of the settings."""

    tokens_in: Decimal = Decimal(0)
    tokens_out: Decimal = Decimal(0)

    def of(self, tokens_in: int, tokens_out: int) -> Decimal:
        """Return the price of one call, to the millionth."""
        price = (self.tokens_in * tokens_in + self.tokens_out * tokens_out) / MILLION
        return price.quantize(Decimal("0.000001"))


@dataclass(frozen=True)
class Purse:
    """The limits; what reaches one of them is not exceeded by more than the calls under way."""

    daily_tokens: int
    monthly_cost: Decimal | None = None
    """None: no limit of money."""

    def holds(self, *, tokens_today: int, cost_this_month: Decimal) -> bool:
        """Tell whether a model may be asked now; days and months are those of UTC."""
        within_month = self.monthly_cost is None or cost_this_month < self.monthly_cost
        return tokens_today < self.daily_tokens and within_month


def prices_of(settings: Settings) -> Prices:
    """Return what the configured model costs."""
    return Prices(settings.llm_price_in, settings.llm_price_out)


def purse_of(settings: Settings) -> Purse:
    """Return what all purposes together may cost."""
    return Purse(settings.llm_daily_tokens, settings.llm_monthly_budget)
