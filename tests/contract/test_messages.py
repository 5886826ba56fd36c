"""The contract on the bus: what was said once can be read for ever."""

import json
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from schemas.inbound import InboundEvent, InboundNotice
from schemas.message import Message
from schemas.streams import CONSUMERS, MESSAGES, STREAMS

EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples"
READABLE: tuple[type[BaseModel], ...] = (*MESSAGES, InboundEvent, InboundNotice)
CLASSES = {cls.__name__: cls for cls in READABLE}


def matches(pattern: str, subject: str) -> bool:
    """NATS's own rule: `*` is one token, `>` at the end one or more."""
    tokens = [
        r"[^.]+" if token == "*" else r".+" if token == ">" else re.escape(token)
        for token in pattern.split(".")
    ]
    return re.fullmatch(r"\.".join(tokens), subject) is not None


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_golden_examples_are_still_read(path: Path) -> None:
    """INVARIANT: a message written by an earlier release keeps its meaning, subject and id."""
    golden = json.loads(path.read_text(encoding="utf-8"))
    message = CLASSES[path.stem.partition(".")[0]].model_validate(golden["body"])
    assert golden["body"].items() <= json.loads(message.model_dump_json()).items()
    if isinstance(message, Message):
        assert message.subject() == golden["subject"]
        assert message.msg_id() == golden["msg_id"]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_readers_ignore_fields_they_do_not_know(path: Path) -> None:
    golden = json.loads(path.read_text(encoding="utf-8"))
    cls = CLASSES[path.stem.partition(".")[0]]
    assert cls.model_validate({**golden["body"], "from_the_future": 1})


def test_what_an_older_release_does_not_say_is_filled_in() -> None:
    """INVARIANT: messages without their optional fields, as older releases say them, are read."""
    for message in MESSAGES:
        text = (EXAMPLES / f"{message.__name__}.v1.json").read_text(encoding="utf-8")
        body = json.loads(text)["body"]
        required = {name for name, field in message.model_fields.items() if field.is_required()}
        read = message.model_validate({name: body[name] for name in required})
        assert read.subject() == json.loads(text)["subject"]


def test_every_message_has_an_example_and_a_stream() -> None:
    examples = {path.stem.partition(".")[0] for path in EXAMPLES.glob("*.json")}
    assert examples == set(CLASSES)
    subjects = {stream.name: stream.subjects for stream in STREAMS}
    for message in MESSAGES:
        assert any(
            matches(pattern, message.subject_filter()) for pattern in subjects[message.stream]
        ), message


def test_every_message_has_a_reader() -> None:
    """A message nobody reads is dead code, a consumer without a message reads nothing."""
    announced_only = {"ThreadMuted"}
    for message in MESSAGES:
        subject = message.subject_filter().replace("*", "x")
        readers = [
            c for c in CONSUMERS if c.stream == message.stream and matches(c.subject, subject)
        ]
        if message.subject_template.startswith("comments.routed"):
            continue
        assert bool(readers) != (message.__name__ in announced_only), message


def test_no_message_carries_text_or_names() -> None:
    """INVARIANT: words and names of people stay in the database, where they can be erased."""
    personal = {"text", "name", "display_name", "handle", "author", "native_id"}
    for message in MESSAGES:
        assert not personal & set(message.model_fields), message
