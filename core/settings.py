"""Settings, from environment variables that begin with `DURE_`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class MailTLS(StrEnum):
    """How the way to the mail server is secured."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class Settings(BaseSettings):
    """What can be set from outside. Every field has a default that works on a fresh machine."""

    model_config = SettingsConfigDict(env_prefix="DURE_", frozen=True, hide_input_in_errors=True)

    host: str = Field(default="127.0.0.1", description="Address the server listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port the server listens on.")
    data_dir: Path = Field(default=Path(".data"), description="Folder for the embedded database and files.")
    database_url: str | None = Field(
        default=None,
        repr=False,
        description="PostgreSQL 15 or later, by the login of dure_app; none: the embedded server.",
    )
    owner_url: str | None = Field(
        default=None,
        repr=False,
        description="The same database by its owner's login: for migrations, backup and restore.",
    )
    pool_size: int = Field(default=10, ge=1, le=500, description="Database connections a server holds at most.")
    public_url: str | None = Field(default=None, description="Address printed in certificates and QR codes.")
    secure_cookies: bool = Field(default=False, description="Mark sign-in cookies Secure (set it behind TLS).")
    trusted_proxies: str | None = Field(
        default=None, description="Addresses of reverse proxies whose X-Forwarded-For is believed, by commas."
    )
    max_connections: int = Field(default=1_000, ge=1, description="Connections of clients a server holds at most.")
    max_connections_by_address: int | None = Field(
        default=None,
        ge=1,
        description="Connections of one address at most, trusted proxies excepted; none: 100, loopback excepted too.",
    )
    keep_alive_seconds: float = Field(
        default=75, gt=0, le=3600, description="Seconds a connection may be idle between two requests."
    )
    max_head_bytes: int = Field(
        default=65_536, ge=1024, le=1024 * 1024, description="Bytes the request line and headers may have."
    )
    max_head_fields: int = Field(default=100, ge=10, le=10_000, description="Headers a request may have.")
    head_seconds: float = Field(
        default=20, gt=0, le=600, description="Seconds in which the headers of a request must come."
    )
    body_seconds: float = Field(
        default=30, gt=0, le=600, description="Seconds over which the rate of a request body is measured."
    )
    answer_seconds: float = Field(
        default=60, gt=0, le=3600, description="Seconds over which the rate a client reads its answer at is measured."
    )
    min_bytes_per_second: int = Field(
        default=500, ge=1, description="Bytes a second a client must send of a body, and read of an answer, at least."
    )
    min_free_bytes: int = Field(
        default=100 * 1024 * 1024,
        ge=0,
        description="Bytes that must be free for files; of a disk smaller than 20 times that, a 20th.",
    )
    max_tokens: int = Field(default=10_000, ge=100, description="Tokens a GraphQL document may have.")
    max_depth: int = Field(default=11, ge=1, description="Levels a selection may have.")
    max_aliases: int = Field(default=50, ge=0, description="Aliases a document may have.")
    max_cost: int = Field(default=500_000, ge=1, description="Objects a request may ask for, pages multiplied out.")
    max_seconds: int = Field(default=30, ge=1, le=3600, description="Seconds a query may take before it is stopped.")
    max_answer_bytes: int = Field(
        default=16 * 1024 * 1024, ge=1024, description="Bytes an answer of the GraphQL API may have."
    )
    hook_seconds: float = Field(
        default=5,
        gt=0,
        le=600,
        description="Seconds a check, rule or observer of a plugin may take until it is given up.",
    )
    slow_hook_seconds: float = Field(
        default=60,
        gt=0,
        le=3600,
        description="The same for what may wait on another server: check_document, deliver; and for `gather`.",
    )
    trusted_documents: Path | None = Field(
        default=None, description="JSON file of trusted documents: an object from id to GraphQL document."
    )
    trusted_only: bool = Field(default=False, description="Take trusted documents only, named by `documentId`.")
    worker: bool = Field(default=True, description="Do jobs in the server; off: `dure worker` does them beside it.")
    mail_host: str | None = Field(default=None, description="Mail server (SMTP); none: no mail is sent.")
    mail_port: int = Field(default=587, ge=1, le=65535, description="Port of the mail server.")
    mail_tls: MailTLS = Field(default=MailTLS.STARTTLS, description="starttls, tls (from the first byte) or none.")
    mail_user: str | None = Field(default=None, description="User name at the mail server; none: no sign-in.")
    mail_password: SecretStr | None = Field(default=None, description="Password at the mail server.")
    mail_sender: str | None = Field(default=None, description="Address mail is from; needed with DURE_MAIL_HOST.")
    log_format: Literal["auto", "json", "text"] = Field(
        default="auto", description="How the server logs: auto is text on a terminal, else JSON."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least that the server logs; each request is a line of info."
    )
    metrics_from: str | None = Field(
        default=None, description="Addresses or networks that may read /metrics, by commas; none: nobody."
    )
    metrics_token: SecretStr | None = Field(
        default=None, min_length=16, description="Bearer token that may read /metrics from anywhere; none: nobody."
    )
    traces_url: str | None = Field(
        default=None, repr=False, description="OTLP address traces are sent to; needs dure[traces]."
    )
    shutdown_seconds: int = Field(
        default=20,
        ge=1,
        le=600,
        description="Seconds requests under way have to end at a stop.",
    )
    postgres_bin: Path | None = Field(
        default=None, description="Folder of pg_dump and pg_restore; none: found by themselves."
    )
    documents_url: str | None = Field(
        default=None, description="Where documents are kept: s3://bucket/folder; none: a folder of the data folder."
    )
    max_file_bytes: int = Field(
        default=10 * 1024 * 1024, ge=1, description="Bytes a document may have, unless a requirement says otherwise."
    )
    max_sheet_rows: int = Field(
        default=10_000, ge=1, le=50_000, description="Rows a filing may have that is taken from a sheet or a paste."
    )
    readers: int = Field(
        default=2, ge=1, le=64, description="Files from outside that are read at once, each in a process of its own."
    )
    reader_megabytes: int = Field(
        default=768, ge=128, le=65_536, description="Megabytes of memory a process may take that reads a file."
    )
    reader_seconds: int = Field(
        default=20, ge=1, le=600, description="Seconds of processor time a file may take to read; by the clock, thrice."
    )
    personal_keys: SecretStr | None = Field(
        default=None,
        description="Keys for personal data by commas, the first encrypts; none: `personal.key` in the data folder.",
    )
    debug: bool = Field(default=False, description="Show unexpected errors in answers instead of masking them.")

    @model_validator(mode="after")
    def _mail_has_a_sender(self) -> Self:
        if self.mail_host is not None and "@" not in (self.mail_sender or ""):
            raise ValueError("DURE_MAIL_HOST needs an address in DURE_MAIL_SENDER")
        return self

    @property
    def base_url(self) -> str:
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def owner_database_url(self) -> str | None:
        """The owner's address of the database, or the only one there is."""
        return self.owner_url or self.database_url

    def with_database(self) -> Settings:
        """These settings with the addresses of a database that runs: the embedded server starts when none is given."""
        if self.owner_database_url:
            return self
        from core.database.embedded import embedded_url
        from core.database.login import application_url

        owner = embedded_url(self.data_dir.resolve() / "postgres")
        return self.model_copy(update={"database_url": application_url(owner), "owner_url": owner})

    def resolve_database_url(self) -> str:
        """The application's address of the database. Raises `LoginRefused` when only the owner's is given."""
        url = self.with_database().database_url
        if not url:
            from core.database.login import NO_APPLICATION, LoginRefused

            raise LoginRefused(NO_APPLICATION)
        return url
