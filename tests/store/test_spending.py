"""Every call of the language model stands in the books, and none goes beyond the limits."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pydantic import SecretStr

from services.kit.db import Pool
from services.kit.llm import LanguageModel, ModelFailed
from services.kit.spending import Prices, Purse
from services.route.ask_model import SortedKind
from services.store.spending import Booked, book_radar, book_sorting, read_months, tokens_since
from tests.kit.scripted_llm import answers, scripted_llm

ASKED = [{"role": "user", "content": "Was ist das?"}]


async def test_readers_without_a_draft_are_booked_and_stop_at_the_limit(
    pool: Pool,
) -> None:
    """INVARIANT: sorting and the radar spend from the same purse as drafts, by their own names."""
    async with scripted_llm() as llm:
        model = LanguageModel(
            base_url=f"{llm.url}/v1",
            model="scripted-1",
            api_key=SecretStr(""),
            timeout=10,
            max_tokens=100,
        )
        prices = Prices(Decimal(1_000_000), Decimal(1_000_000))
        sorting, radar = (
            Booked(model, pool, Purse(240), prices, b) for b in (book_sorting, book_radar)
        )
        llm.will(answers({"kind": "praise"}))
        assert (await sorting.complete(ASKED, SortedKind)).answer.kind == "praise"
        llm.will(answers({"kind": "murder"}))
        with pytest.raises(ModelFailed, match="does not fit"):
            await radar.complete(ASKED, SortedKind)
        with pytest.raises(ModelFailed, match="used up"):
            await sorting.complete(ASKED, SortedKind)
        assert len(llm.requests) == 2
        async with pool.connection() as connection:
            spent = await tokens_since(connection, datetime.now(UTC) - timedelta(days=1))
            (month,) = await read_months(connection)
        assert spent == {"draft": 0, "trial": 0, "replay": 0, "sorting": 120, "radar": 120}
        assert (month.sortings, month.radar, month.tokens, month.cost) == (1, 1, 240, Decimal(240))
        await sorting.close()
