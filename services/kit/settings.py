"""Everything that is set from outside, read once from the environment."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """One set of settings for all services; each variable's name is the field's in capitals."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Path(".dialogwerk")
    nats_url: str = ""
    nats_replicas: int = Field(default=1, ge=1, le=5)
    database_url: str = ""
    service_passwords: Annotated[Mapping[str, SecretStr], NoDecode] = Field(default_factory=dict)
    """For `provision`: the database password of each service, `review=...,ingest=...`."""
    host: str = "127.0.0.1"
    port: int = Field(default=8470, ge=0, le=65535)
    """The desk's port; the other services answer `/ready` and `/metrics` on the ports above it."""
    public_url: str = ""
    """Address under which browsers reach the desk; https makes its cookies secure."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    organisation: str = "Dialogwerk"
    own_domains: Annotated[tuple[str, ...], NoDecode] = ()
    """Domains that drafts may link to, separated by commas."""
    pseudonym_key: SecretStr = SecretStr("")
    """Key of the HMAC that turns network accounts into pseudonyms; at least 16 characters."""
    former_pseudonym_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    """Keys that were `pseudonym_key` before, separated by commas, until `dialogwerk keys rotate`
    has made anew what they made."""
    erasures_file: str = ""
    """File to which each erasure adds its tombstone; kept beside the backups, it makes sure that a
    restore brings back nothing that was erased."""
    secret_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    """Keys that seal the networks' secrets at rest, separated by commas: 32 bytes in base64 each.

    The first seals, all of them open.
    """
    session_hours: float = Field(default=12, gt=0)
    """Hours after which everybody signs in again."""
    session_idle_minutes: float = Field(default=120, gt=0)
    """Minutes without work after which a session ends."""
    second_factor_roles: Annotated[tuple[str, ...], NoDecode] = ()
    """Roles that have to set up a second factor, separated by commas."""
    password_sign_in: bool = True
    """Whether name and password open the desk; without them only `oidc_issuer` does."""

    oidc_issuer: str = ""
    """Address of the organisation's OpenID provider, letter for letter as it names itself."""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    """Empty for a public client."""
    oidc_scopes: str = "openid email profile"
    oidc_name: str = Field(default="", max_length=60)
    """What stands on the button; without it the organisation's name."""
    oidc_verified_claim: str = "email_verified"
    """The claim that says whether the e-mail address is the person's."""
    oidc_role_claim: str = "groups"
    """The claim that `oidc_roles` looks into; names with dots between lead into it."""
    oidc_roles: Annotated[tuple[str, ...], NoDecode] = ()
    """`role=value` pairs, separated by commas: the first whose value the claim holds counts.

    Without any, accounts have to exist and roles are given at the desk.
    """
    oidc_second_factor: Annotated[tuple[str, ...], NoDecode] = ()
    """Values of `amr` or `acr` that say the provider asked for a second factor, or `always`."""

    claim_minutes: float = Field(default=10, gt=0, le=600)
    """Minutes without a sign of use after which an opened item may be taken over."""
    undo_seconds: float = Field(default=8, ge=0, le=600)
    """Seconds in which an approval can be taken back; nothing is sent before."""
    mute_days: int = Field(default=30, ge=1)
    package_days: int = Field(default=180, ge=1, le=3650)
    """Days until a package for a trusted flagger erases itself."""
    trial_days: int = Field(default=14, ge=1, le=365)
    """Days until questions that the team tried out are erased."""
    question_hours: float = Field(default=24, gt=0)
    """Hours within which an open question should be answered."""
    criticism_hours: float = Field(default=48, gt=0)
    """Hours within which criticism should be answered."""

    webhook_secrets: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    """One or two keys, separated by commas: both are valid during a rollover."""

    watch_contact: str = Field(default="", max_length=200, pattern=r"^[\x20-\x7e]*$")
    """A web or e-mail address of yours that the servers of watched feeds are told."""
    watch_private_addresses: bool = False
    """Whether watched feeds on the internal network may be fetched; leave it off."""
    watch_days: int = Field(default=30, ge=3, le=3650)
    """Days for which the words of posts are kept under which nobody of you spoke up."""

    metrics_token: SecretStr = SecretStr("")
    """Bearer token for `/metrics` and `/asyncapi`; without one this machine and private networks
    may read them, with one only this machine and who sends it."""
    alarm_webhook_url: str = Field(default="", pattern=r"^(https?://.+)?$")
    """Where alarms are posted, signed with `alarm_webhook_secret`."""
    alarm_webhook_secret: SecretStr = SecretStr("")
    """A key of its own: who checks our alarms must not be able to sign events for us."""
    alarm_email_to: Annotated[tuple[str, ...], NoDecode] = ()
    """Addresses that alarms are sent to, separated by commas."""
    alarm_email_from: str = ""
    """Sender of alarms; without one it is the user of `smtp_url`."""
    smtp_url: SecretStr = SecretStr("")
    """`smtp://user:password@host:587` (STARTTLS where offered) or `smtps://...:465`."""
    alarm_rules: str = ""
    """Path of a TOML file whose values replace those of services/review/alarm_rules.toml."""

    embed_engine: Literal["onnx", "sentence-transformers", "endpoint"] = "onnx"
    embed_model: str = ""
    embed_base_url: str = Field(default="", pattern=r"^(https?://.+)?$")
    embed_api_key: SecretStr = SecretStr("")
    embed_threads: int = Field(default=1, ge=1)

    llm_base_url: str = Field(default="", pattern=r"^(https?://.+)?$")
    llm_model: str = ""
    llm_api_key: SecretStr = SecretStr("")
    llm_timeout: float = Field(default=60, gt=0, le=100)
    """Seconds for one draft; below the time after which the bus gives the comment to another."""
    llm_patience: float = Field(default=30, ge=0, le=600)
    """Seconds that a comment must be old before the model drafts: people add and correct."""
    llm_max_tokens: int = Field(default=900, ge=50)
    llm_daily_tokens: int = Field(default=2_000_000, ge=0)
    """Tokens that drafts may cost in one day (UTC); after that answers are quoted."""
    llm_price_in: Decimal = Field(default=Decimal(0), ge=0)
    """Price of a million tokens that the model reads, in `llm_currency`."""
    llm_price_out: Decimal = Field(default=Decimal(0), ge=0)
    """Price of a million tokens that the model writes."""
    llm_currency: str = Field(default="EUR", pattern=r"^[A-Z]{3}$")
    llm_monthly_budget: Decimal | None = Field(default=None, ge=0)
    """Money that drafts may cost in one month (UTC); after that answers are quoted."""

    answer_threshold: float = Field(default=0.17, ge=0, le=1)
    """Probability that the passages hold an answer, from which on a draft is tried."""

    address: Literal["du", "sie", "mirror"] = "mirror"
    """How drafts address people: informally, formally, or as the comment does."""
    reading_level: Literal["plain", "standard"] = "standard"
    """Reading level of drafts: `plain` is B1."""

    @field_validator(
        "own_domains",
        "webhook_secrets",
        "secret_keys",
        "former_pseudonym_keys",
        "alarm_email_to",
        "second_factor_roles",
        "oidc_roles",
        "oidc_second_factor",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("service_passwords", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = [part.strip().partition("=") for part in value.split(",") if part.strip()]
        if any(not name or not password for name, _, password in pairs):
            raise ValueError("give name=password pairs, separated by commas")
        return {name: password for name, _, password in pairs}

    @field_validator("llm_monthly_budget", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @property
    def has_llm(self) -> bool:
        return bool(self.llm_base_url and self.llm_model)

    def as_environment(self) -> dict[str, str]:
        """Return variables from which a process of ours reads the same settings."""
        return {name.upper(): _as_text(value) for name, value in self}


def _as_text(value: object) -> str:
    match value:
        case None:
            return ""
        case SecretStr():
            return value.get_secret_value()
        case tuple():
            return ",".join(map(_as_text, value))
        case Mapping():
            return ",".join(f"{name}={_as_text(one)}" for name, one in value.items())
        case _:
            return str(value)
