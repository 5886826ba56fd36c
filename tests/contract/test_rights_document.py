"""The document about rights says what the code does."""

from pathlib import Path

from services.commands.rights import rights_markdown
from services.kit.settings import Settings
from services.review.entrance import LOGOUT, RETURN
from services.review.labels import LABELS
from services.review.rights import RIGHTS

TEXT = (Path(__file__).parents[2] / "docs" / "rights.md").read_text(encoding="utf-8")


def test_every_right_has_words() -> None:
    """Add a `right.…` to services/review/labels_people.py, with its words in German."""
    assert [action for action in RIGHTS if f"right.{action}" not in LABELS] == []


def test_the_table_is_fresh() -> None:
    """Renew it with `dialogwerk users rights --markdown`."""
    assert "\n".join(rights_markdown()) in TEXT


def test_every_setting_of_the_sign_in_is_there() -> None:
    names = [name for name in Settings.model_fields if name.startswith("oidc_")]
    assert [name for name in names if f"`{name.upper()}`" not in TEXT] == []
    for path in (RETURN, LOGOUT):
        assert f"`PUBLIC_URL{path}`" in TEXT
