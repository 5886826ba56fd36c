"""What every message on the bus has in common.

A message says that something happened: noun + past participle. It carries keys, never a comment's
text or an author's name: those stand in the database, where they can be erased.
"""

from typing import Annotated, Any, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from schemas.inbound import NetworkName

ThreadKey = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
CommentKey = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Key = Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$")]


class Message(BaseModel):
    """Base of all messages; readers ignore fields they do not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    stream: ClassVar[str]
    subject_template: ClassVar[str]
    """Subject with the message's own fields in braces, ids last."""
    identity: ClassVar[tuple[str, ...]]
    """Fields that make two messages of this class the same message."""

    happened_at: AwareDatetime

    def subject(self) -> str:
        return self.subject_template.format_map(self._fields())

    def msg_id(self) -> str:
        """`Nats-Msg-Id`: the same happening published twice is stored once."""
        fields = self._fields()
        return ":".join([type(self).__name__, *(str(fields[name]) for name in self.identity)])

    def _fields(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in type(self).model_fields}

    @classmethod
    def subject_filter(cls) -> str:
        """The subject with a wildcard for everything that varies, for consumers and documents."""
        tokens = cls.subject_template.split(".")
        return ".".join("*" if "{" in token else token for token in tokens)


class InThread(Message):
    """A message about something in one thread on one network."""

    network: NetworkName
    thread_key: ThreadKey
