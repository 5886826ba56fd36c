"""`dialogwerk eval`: the head's trial on labelled files, and alarms for each group."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from typer.testing import CliRunner

from services.commands.eval_tables import alarm_lines, sorting_lines
from services.commands.evaluate import eval_app
from services.kit.embed.shared import SharedEmbedder
from services.kit.settings import Settings
from services.route import trial
from services.route.alarms import alarms
from services.route.decide import Reading
from services.route.reading import shipped_knowledge
from services.route.signals import read_signals, read_words
from services.route.table import Row, read_table
from tests.route.readings import said

WORDS = read_words()


def labelled(count: int, rare: float, seed: int) -> trial.Labelled:
    """Return comments of which the `rare` share asks for water, with vectors that say nothing."""
    random = np.random.RandomState(seed)
    wet = random.rand(count) < rare
    wet[:2] = True
    fill = ["Baum", "Weg", "Haus", "Amt", "Kind", "Bank", "Platz", "Jahr", "Stadt", "Ort"]
    texts = [
        f"{random.choice(fill)} {'braucht Wasser' if one else 'ist da'} {random.choice(fill)} {i}"
        for i, one in enumerate(wet)
    ]
    vectors = random.standard_normal((count, 16)).astype(np.float32)
    return trial.Labelled(texts, ["wet" if one else "dry" for one in wet], vectors)


@pytest.mark.parametrize("rare", [0.02, 0.5])
def test_a_head_learns_rare_and_common_labels(rare: float) -> None:
    figures = trial.measure_sorting(labelled(200, rare, 1), labelled(100, rare, 2), "test")
    assert figures["labels"][1] == ("wet" if rare < 0.5 else figures["labels"][1])
    assert figures["model"]["average_precision"]["value"] > 0.95
    assert figures["baselines"]["most frequent label"]["auc"]["value"] == pytest.approx(0.5)
    assert json.loads(json.dumps(figures)) == figures
    assert any(line.startswith("GermEval F") for line in sorting_lines(figures))


def test_many_labels_strange_ones_and_single_ones_are_no_trouble() -> None:
    learnt = labelled(60, 0.5, 1)
    names = [f"{label}-{i % 2}" for i, label in enumerate(learnt.labels)]
    learnt = trial.Labelled([*learnt.texts, "allein"], [*names, "once"],
                            np.vstack([learnt.vectors, learnt.vectors[:1]]))  # fmt: skip
    tested = labelled(30, 0.5, 2)
    tested = trial.Labelled(tested.texts, ["never learnt", *tested.labels[1:]], tested.vectors)
    figures = trial.measure_sorting(learnt, tested, "test")
    assert figures["notes"]["labels_seen_once_left_out"] == 1
    assert "never learnt" in figures["notes"]["test_labels_never_learnt"]
    assert 0 <= figures["model"]["macro_f1"]["value"] < 1


def test_the_positive_label_can_be_named() -> None:
    figures = trial.measure_sorting(
        labelled(60, 0.2, 1), labelled(40, 0.2, 2), "test", positive="dry"
    )
    assert figures["labels"] == ["wet", "dry"]


def test_alarms_are_counted_for_each_group() -> None:
    """INVARIANT: one comment alone never mutes anything."""
    rows = [
        Row("Ich weiß, wo du wohnst", "threat"), Row("Schade, zu teuer", "criticism"),
        Row("Ich will nicht mehr leben", "help"),
    ]  # fmt: skip
    heads = [
        said(threat=0.9, offence=0.9, attack=0.5), said(criticism=0.9, offence=0.1),
        said(help=0.9, offence=0.1),
    ]  # fmt: skip
    readings = [
        Reading(read_signals(row.text, WORDS, is_reply=False), one)
        for row, one in zip(rows, heads, strict=True)
    ]
    figures = alarms(rows, readings, "threat")
    groups = figures["groups"]
    assert groups["threat"]["alarmed"]["value"] == 1
    assert groups["criticism"]["alarmed"]["value"] == 0
    assert groups["help"]["helped"]["value"] == 1
    assert groups["criticism"]["helped"]["value"] == groups["threat"]["helped"]["value"] == 0
    assert groups["criticism"]["above_half_recall"]["value"] == 0
    assert all(group["muted"]["value"] == 0 for group in groups.values())
    assert len(alarm_lines(figures)) == len(groups) + 3


def test_fair_criticism_in_the_shipped_words_does_not_alarm() -> None:
    """INVARIANT: the shipped model, without any vector, alarms on none of these."""
    knowledge = shipped_knowledge()
    texts = [
        "Eure Zahlen sind geschönt und die Hälfte fehlt.",
        "Wer Menschen „Ungeziefer“ nennt, hat nichts verstanden. Widerspruch!",
        "Verdammt noch mal, beantwortet endlich eure Mails!",
        "Der Bürgermeister hat versagt und sollte zurücktreten.",
    ]
    readings = [knowledge.read(text, None, "", is_reply=False) for text in texts]
    figures = alarms([Row(text, None) for text in texts], readings)
    assert figures["groups"]["all"]["alarmed"]["value"] == 0
    assert figures["groups"]["all"]["rests"]["value"] == 0


@pytest.mark.parametrize(
    ("content", "told"), [("a,b\n1,2\n", "--text"), ("text,b\nx,y\n", "--label")]
)
def test_a_file_without_the_columns_ends_with_one_sentence(
    tmp_path: Path, content: str, told: str
) -> None:
    file = tmp_path / "x.csv"
    file.write_text(content, "utf-8")
    done = CliRunner().invoke(
        eval_app, ["sorting", "--train", str(file), "--test", str(file)], terminal_width=200
    )
    assert done.exit_code == 1
    assert told in done.output
    assert "Traceback" not in done.output


def test_curves_are_drawn_from_measured_sortings(tmp_path: Path) -> None:
    told, out = tmp_path / "told.json", tmp_path / "out.svg"
    curve = [{"said": 0.1, "found": 0.2}, {"said": 0.9, "found": 0.8}]
    told.write_text(json.dumps({"reliability": curve}), encoding="utf-8")
    runner = CliRunner()
    done = runner.invoke(eval_app, ["curve", str(out), f"<a>={told}", f"b={told}"])
    assert done.exit_code == 0
    picture = out.read_text(encoding="utf-8")
    assert ET.fromstring(picture).tag.endswith("svg")
    assert "&lt;a&gt;" in picture
    refused = runner.invoke(eval_app, ["curve", str(out), "nothing"])
    assert refused.exit_code == 1


async def test_who_quotes_hate_or_swears_for_joy_keeps_their_place() -> None:
    """INVARIANT: of 64 quoted hates and 64 harmless oaths at most two of each lose their place."""
    rows = read_table(Path(__file__).with_name("alarms.jsonl"), label="label")
    embedder = SharedEmbedder(Settings())
    async with embedder.in_use():
        vectors = await embedder.embed_queries([row.text for row in rows])
        space = embedder.space
    knowledge = shipped_knowledge()
    read = [
        knowledge.read(row.text, vector, space, is_reply=False)
        for row, vector in zip(rows, vectors, strict=True)
    ]
    groups = alarms(rows, read)["groups"]
    for name in ("counter-speech", "harmless profanity"):
        assert groups[name]["rows"] >= 60
        for fate in ("alarmed", "rests"):
            assert groups[name][fate]["value"] * groups[name]["rows"] <= 2
