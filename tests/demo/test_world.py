"""The sample world is complete, coherent and true to its own publications."""

import io
import json
import re
import unicodedata
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from pypdf import PdfReader

from tests.make_world_documents import PUBLICATIONS, SOURCES, WORLD, bind, read_source

LANES = {"answer", "acknowledge", "discuss", "urgent", "rest"}
KINDS = {"question", "criticism", "praise", "discussion", "attack", "help", "spam", "other"}
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")

Row = dict[str, Any]


@cache
def rows(name: str) -> tuple[Row, ...]:
    """All objects of one of the world's line files."""
    return tuple(json.loads(line) for line in (WORLD / name).read_text("utf-8").splitlines())


@cache
def directory() -> dict[str, tuple[Row, ...]]:
    """The pages and accounts of the world."""
    loaded = json.loads((WORLD / "pages.json").read_text("utf-8"))
    return {"pages": tuple(loaded["pages"]), "accounts": tuple(loaded["accounts"])}


def visible_text(suffix: str, content: bytes) -> str:
    """Everything a reader sees in a document."""
    if suffix == ".pdf":
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    if suffix == ".docx":
        document = Document(io.BytesIO(content))
        cells = [c.text for table in document.tables for row in table.rows for c in row.cells]
        return "\n".join([p.text for p in document.paragraphs] + cells)
    text = content.decode("utf-8")
    return re.sub(r"<[^>]+>", " ", text) if suffix == ".html" else text


@cache
def text_of(name: str) -> str:
    """Everything a reader sees in a publication."""
    path = PUBLICATIONS / name
    return visible_text(path.suffix, path.read_bytes())


def numbers(text: str) -> set[str]:
    """Figures without the separators in which German and English differ."""
    return {re.sub(r"[.,]", "", number) for number in _NUMBER.findall(text)}


def tagged(prefix: str) -> list[Row]:
    """Comments with a tag that starts with `prefix`."""
    return [
        comment
        for comment in rows("comments.jsonl")
        if any(tag.startswith(prefix) for tag in comment["expect"]["tags"])
    ]


def test_ids_are_unique_and_url_safe() -> None:
    listed = [*directory().values(), rows("posts.jsonl"), rows("comments.jsonl")]
    for group in listed:
        ids = [row["id"] for row in group]
        assert len(ids) == len(set(ids))
        assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", each) for each in ids)
    handles = [account["handle"] for account in directory()["accounts"]]
    assert len(handles) == len(set(handles))


def test_every_reference_leads_somewhere_and_time_runs_forward() -> None:
    pages = {page["id"]: page for page in directory()["pages"]}
    accounts = {account["id"] for account in directory()["accounts"]}
    posts = {post["id"]: post for post in rows("posts.jsonl")}
    assert {page["relation"] for page in pages.values()} == {"own", "partner", "news"}
    assert set(pages) <= accounts
    assert all(post["page"] in pages and post["minutes_ago"] > 0 for post in posts.values())
    seen: dict[str, Row] = {}
    for comment in rows("comments.jsonl"):
        above = seen[comment["parent"]] if comment["parent"] else posts[comment["post"]]
        assert comment["account"] in accounts
        assert 0 < comment["minutes_ago"] <= above["minutes_ago"]
        assert above.get("post", comment["post"]) == comment["post"]
        assert comment["text"]
        seen[comment["id"]] = comment


def test_expectations_are_consistent() -> None:
    for comment in rows("comments.jsonl"):
        expect = comment["expect"]
        assert expect["lane"] in LANES, comment["id"]
        assert expect["kind"] in KINDS, comment["id"]
        assert expect["answerable"] == (expect["publication"] is not None), comment["id"]
        if expect["answerable"]:
            assert expect["lane"] == "answer", comment["id"]
            assert expect["note"], comment["id"]


def test_answering_facts_stand_in_the_named_publications() -> None:
    """INVARIANT: no expected answer holds a figure that its publications do not hold."""
    for comment in rows("comments.jsonl"):
        expect = comment["expect"]
        if expect["answerable"]:
            names = [expect["publication"], *expect.get("also", [])]
            known = set().union(*(numbers(text_of(name)) for name in names))
            note = expect["note"].replace("Teil 2 von 3", "").replace("Teil 1 von 3", "")
            assert numbers(note) <= known, (comment["id"], numbers(note) - known)


def test_publications_come_in_every_format_and_a_readable_length() -> None:
    names = sorted(path.name for path in PUBLICATIONS.iterdir())
    formats = Counter(Path(name).suffix for name in names)
    assert len(names) >= 10
    assert set(formats) == {".md", ".html", ".pdf", ".docx", ".txt"}
    assert formats[".pdf"] >= 2
    for name in names:
        assert 600 <= len(text_of(name).split()) <= 2500, name
    cited = {comment["expect"]["publication"] for comment in rows("comments.jsonl")}
    assert set(names) <= cited


def test_publications_name_title_author_and_date() -> None:
    for path in PUBLICATIONS.iterdir():
        head = path.read_bytes()[:900].decode("utf-8", errors="replace")
        if path.suffix == ".md":
            for key in ("title:", "date:", "author:", "url:", "language:"):
                assert f"\n{key}" in head, path.name
        elif path.suffix == ".html":
            for mark in ("<title>", 'name="author"', 'name="date"', '<html lang="'):
                assert mark in head, path.name
        elif path.suffix == ".docx":
            facts = Document(str(path)).core_properties
            assert facts.title, path.name
            assert facts.author, path.name
            assert facts.created, path.name
        elif path.suffix == ".pdf":
            information = PdfReader(path).metadata
            assert information is not None, path.name
            assert information.title, path.name
            assert information.author, path.name
            assert len(PdfReader(path).pages) >= 2, path.name
        else:
            assert head.splitlines()[0].strip(), path.name


@pytest.mark.parametrize("path", sorted(SOURCES.glob("*.md")), ids=lambda path: path.stem)
def test_bound_documents_follow_their_sources(path: Path) -> None:
    """The zip and deflate libraries of two machines may differ, so the words are compared."""
    source = read_source(path)
    bound = bind(source)
    assert bound == bind(source)
    committed = text_of(f"{source.name}{source.suffix}")
    assert visible_text(source.suffix, bound).split() == committed.split()


def test_the_world_is_large_enough() -> None:
    per_post = Counter(comment["post"] for comment in rows("comments.jsonl"))
    relation = {page["id"]: page["relation"] for page in directory()["pages"]}
    elsewhere = [post for post in rows("posts.jsonl") if relation[post["page"]] != "own"]
    assert len(rows("posts.jsonl")) >= 44
    assert len(rows("comments.jsonl")) >= 200
    assert len(elsewhere) >= 3
    assert sum(2 <= count <= 10 for count in per_post.values()) > len(per_post) / 2


@pytest.mark.parametrize(
    ("lane", "kind", "answerable", "least"),
    [
        ("answer", "question", True, 60),
        ("answer", "question", False, 25),
        ("answer", "criticism", True, 5),
        ("acknowledge", "criticism", False, 30),
        ("acknowledge", "praise", False, 15),
        ("discuss", "discussion", False, 20),
        ("urgent", "attack", False, 3),
        ("urgent", "help", False, 2),
        ("rest", "spam", False, 3),
        ("rest", "attack", False, 8),
    ],
)
def test_every_class_has_enough_cases(lane: str, kind: str, answerable: bool, least: int) -> None:
    wanted = (lane, kind, answerable)
    found = [
        comment["id"]
        for comment in rows("comments.jsonl")
        if wanted
        == (comment["expect"]["lane"], comment["expect"]["kind"], comment["expect"]["answerable"])
    ]
    assert len(found) >= least


@pytest.mark.parametrize(
    ("prefix", "least"),
    [("injection", 10), ("language:", 10), ("emoji", 3), ("threat", 3), ("own", 4), ("short", 2)],
)
def test_hard_cases_are_marked(prefix: str, least: int) -> None:
    assert len(tagged(prefix)) >= least


def test_trolls_write_long_threads_in_which_others_ask_honestly() -> None:
    by_troll: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for comment in tagged("troll-"):
        by_troll[comment["post"], comment["account"]].append(comment)
    assert len(by_troll) == 4
    for (post, account), written in by_troll.items():
        honest = [
            comment
            for comment in rows("comments.jsonl")
            if comment["post"] == post
            and comment["account"] != account
            and comment["expect"]["lane"] == "answer"
        ]
        assert 8 <= len(written) <= 14, account
        assert len(honest) >= 3, post


def test_bursts_are_three_messages_of_one_person_within_two_minutes() -> None:
    bursts: dict[str, list[Row]] = defaultdict(list)
    for comment in tagged("burst-"):
        name = next(tag for tag in comment["expect"]["tags"] if tag.startswith("burst-"))
        bursts[name].append(comment)
    assert len(bursts) == 4
    for parts in bursts.values():
        assert len(parts) == 3
        assert len({(part["account"], part["post"]) for part in parts}) == 1
        assert parts[0]["minutes_ago"] - parts[-1]["minutes_ago"] <= 2


def test_clusters_ask_one_question_from_many_accounts() -> None:
    clusters: dict[str, list[Row]] = defaultdict(list)
    for comment in tagged("cluster-"):
        name = next(tag for tag in comment["expect"]["tags"] if tag.startswith("cluster-"))
        clusters[name].append(comment)
    assert len(clusters) == 2
    for asked in clusters.values():
        assert len({comment["account"] for comment in asked}) >= 8
        assert len({(comment["post"], comment["expect"]["publication"]) for comment in asked}) == 1


def test_private_messages_are_private_and_few() -> None:
    seen = Counter(comment["visibility"] for comment in rows("comments.jsonl"))
    assert set(seen) == {"public", "direct"}
    assert seen["direct"] >= 3


def test_nasty_texts_survive_the_file_format() -> None:
    texts = [comment["text"] for comment in rows("comments.jsonl")]
    assert any(len(text) == 5000 for text in texts)
    assert any("\ufdfa" * 8 in text for text in texts)
    assert any("\u202e" in text for text in texts)
    assert any("<script>" in text for text in texts)
    assert "?" in texts
    assert "Quelle?" in texts
    decomposed = [text for text in texts if unicodedata.normalize("NFC", text) != text]
    assert any("u\u0308" in text for text in decomposed)
    assert any(sum(map(bool, map(unicodedata.combining, text))) > 100 for text in texts)


def test_every_address_is_reserved() -> None:
    """INVARIANT: the sample world names no address that could belong to anybody."""
    written = "\n".join(
        [
            *(text_of(path.name) for path in PUBLICATIONS.iterdir()),
            *(path.read_text("utf-8") for path in PUBLICATIONS.iterdir() if path.suffix == ".html"),
            *(path.read_text("utf-8") for path in sorted(SOURCES.glob("*.md"))),
            *(row["text"] for row in rows("posts.jsonl")),
            *(row["text"] for row in rows("comments.jsonl")),
            (WORLD / "unwatched.json").read_text("utf-8"),
        ]
    )
    hosts = re.findall(r"https?://([^/\s\"'<>)]+)", written)
    assert hosts
    assert all(host.rstrip(".,").endswith(".example") for host in hosts)
    assert not re.search(r"\b[\w.]+@[\w-]+\.(?!example)\w+", written)
    assert not re.search(r"\b[\w-]+\.(?:de|com|org|net|eu|io)\b", written)
