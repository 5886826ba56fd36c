"""What people are called where their names are not needed."""

from services.kit.pseudonym import pseudonym, team_pseudonym

KEY = b"a key of sixteen letters or more"


def test_a_member_of_the_team_keeps_one_name_outside_it() -> None:
    """INVARIANT: nobody without the key can tell, or test a guess, who decided."""
    name = team_pseudonym(KEY, "0123456789abcdef")
    assert name == team_pseudonym(KEY, "0123456789abcdef")
    assert name.startswith("team-")
    assert len(name) == len("team-") + 16
    assert "0123456789abcdef" not in name
    assert name != team_pseudonym(KEY, "fedcba9876543210")
    assert name != team_pseudonym(b"another key of sixteen letters", "0123456789abcdef")


def test_people_of_the_team_and_authors_share_no_pseudonym() -> None:
    author = pseudonym(KEY, "desk account", "42")
    assert team_pseudonym(KEY, "42") != author
    assert pseudonym(KEY, "sandbox", "42") != author
