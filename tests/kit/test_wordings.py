"""Texts that the team writes once."""

from typing import get_args

import pytest

from schemas.drafts import MadeStance, Stance
from services.kit.prompt import BadPrompt
from services.kit.wordings import load_wordings, parse_wordings

FIXED = [stance for stance in get_args(Stance) if stance not in get_args(MadeStance)]
FILE = """---
version: 3
---
Erklärung.

# thank
- Danke, dass {{ organisation }} das
  hören darf.
- Danke.

# close
- Nachzulesen in {{ sources }}.
- Wir belassen es dabei.
"""


@pytest.mark.parametrize("language", ["de", "en"])
def test_each_ready_stance_has_several_wordings(language: str) -> None:
    wordings = load_wordings("stances", language, FIXED)
    for stance in FIXED:
        texts = wordings.filled(stance, {"organisation": "Regenlinde", "sources": "Richtlinien"})
        assert len(texts) >= 3
        assert all("{" not in text and len(text) <= 280 for text in texts)


def test_a_wording_is_offered_when_its_places_can_be_filled() -> None:
    wordings = parse_wordings("x.de.md", FILE, ["thank", "close"])
    assert wordings.name == "x.de@3"
    assert wordings.filled("thank", {"organisation": "die Stiftung"}) == [
        "Danke, dass die Stiftung das hören darf.", "Danke.",
    ]  # fmt: skip
    assert wordings.filled("close", {"sources": ""}) == ["Wir belassen es dabei."]


def test_what_fills_a_place_is_text_and_no_template() -> None:
    """INVARIANT: a publication's title cannot smuggle in another place."""
    wordings = parse_wordings("x.de.md", FILE, ["thank", "close"])
    filled = wordings.filled("close", {"sources": "{{ organisation }}", "organisation": "X"})
    assert filled[0] == "Nachzulesen in {{ organisation }}."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# thank\n- Danke\n", "does not begin"),
        (FILE.replace("- Danke.\n", "").replace("- Danke, dass", "Danke, dass"), "under `# thank`"),
        (FILE + "# shout\n- Hey\n", "nobody knows `# shout`"),
    ],
)
def test_a_file_of_no_use_says_why(text: str, said: str) -> None:
    with pytest.raises(BadPrompt, match=said):
        parse_wordings("x.de.md", text, ["thank", "close"])
