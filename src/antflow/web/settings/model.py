"""`Settings`: what the server can be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

MEGABYTE: Final = 1_048_576


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the server is told. Durations are seconds, sizes bytes. Its repr holds no secret.

    Attributes:
        address: where to listen; anything but loopback needs authentication, or `insecure`.
        port: TCP port; 0 takes a free one.
        unix_socket: path of a socket to listen on instead.
        url_prefix: the path under which a proxy shows the server, such as `/antflow`.
        allowed_hosts: names that a request's Host may give besides those of the address itself;
            `*.example.org` allows all below it, `*` everything.
        trusted_proxies: addresses or networks whose X-Forwarded-* headers are believed.
        certfile: certificate for TLS, PEM.
        keyfile: its key.
        ca_certs: certificates of authorities; clients must then show one of theirs.
        insecure: lets everybody who reaches the address do everything.
        read_only: refuses all changes, whoever asks.
        metrics_auth: `/metrics` and `/healthcheck` need the role viewer.
        users: lines `name:hash:role` (`antflow web hash-password` makes them).
        users_file: a file of lines `name:hash:role` (`antflow web hash-password` makes them).
        tokens: lines `name:sha256:role[:last day]` (`antflow web new-token` makes them).
        tokens_file: a file of lines `name:sha256:role` (`antflow web new-token` makes them).
        cookie_secret: signs sessions; without it a restart ends them.
        session_age: how long a login lasts.
        oauth_provider: one of google, github, gitlab, okta, oidc.
        oauth_key: the client's id.
        oauth_secret: the client's secret.
        oauth_redirect_uri: this server's address for the provider's answer, exactly as told to
            the provider; ends with `/oauth/callback` or `/login`.
        oauth_issuer: address of the provider, for okta, oidc, and a gitlab or github of your own.
        oauth_allow: who gets which role: `ann@example.org=admin`, `@example.org=viewer`,
            `group:ops=operator`; the highest that matches counts, without `=` it is viewer.
        apply_tasks: names of tasks that may be called over HTTP, `*` and `?` allowed; empty: all.
        redact: more names of keys whose values are hidden, as regular expressions.
        audit_file: a file that gets a line of JSON for each change asked for.
        max_body: largest body of a request, bytes.
        max_query: longest query string, bytes.
        max_streams: live streams at once.
        body_timeout: how long a request's body may take to come.
        db: address of the history of tasks; `none`: keep none.
        history_age: seconds for which the history keeps tasks that succeeded.
        history_failures_age: seconds for which it keeps those that failed.
        history_rows: tasks that it keeps at most.
        max_tasks: tasks kept in memory, a cluster.
        max_workers: workers kept in memory, a cluster.
        purge_offline_workers: forget workers that were offline for so long; None: never.
        broker_api: address of RabbitMQ's management API.
        enable_events: switch on the events of workers that started without.
        inspect_timeout: how long to wait for workers' answers.
        runtime_buckets: bounds of the histogram of runtimes in `/metrics`.
        tasks_columns: columns of the table of tasks, in order; empty: the pages' own choice.
        debug: log more.
    """

    address: str = "127.0.0.1"
    port: int = 5555
    unix_socket: str | None = None
    url_prefix: str = ""
    allowed_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    certfile: str | None = None
    keyfile: str | None = None
    ca_certs: str | None = None
    insecure: bool = False
    read_only: bool = False
    metrics_auth: bool = False
    users: tuple[str, ...] = field(default=(), repr=False)
    users_file: str | None = None
    tokens: tuple[str, ...] = field(default=(), repr=False)
    tokens_file: str | None = None
    cookie_secret: str | None = field(default=None, repr=False)
    session_age: float = 43_200.0
    oauth_provider: str | None = None
    oauth_key: str | None = None
    oauth_secret: str | None = field(default=None, repr=False)
    oauth_redirect_uri: str | None = None
    oauth_issuer: str | None = None
    oauth_allow: tuple[str, ...] = ()
    apply_tasks: tuple[str, ...] = ()
    redact: tuple[str, ...] = ()
    audit_file: str | None = None
    max_body: int = MEGABYTE
    max_query: int = 8_192
    max_streams: int = 500
    body_timeout: float = 30.0
    db: str | None = field(default=None, repr=False)
    history_age: float = 7 * 86_400.0
    history_failures_age: float = 30 * 86_400.0
    history_rows: int = 1_000_000
    max_tasks: int = 100_000
    max_workers: int = 5_000
    purge_offline_workers: float | None = None
    broker_api: str | None = field(default=None, repr=False)
    enable_events: bool = True
    inspect_timeout: float = 1.0
    runtime_buckets: tuple[float, ...] = ()
    tasks_columns: tuple[str, ...] = ()
    debug: bool = False

    @property
    def prefix(self) -> str:
        """The path prefix with a slash before it and none behind; empty where there is none."""
        path = self.url_prefix.strip().strip("/")
        return f"/{path}" if path else ""

    @property
    def has_authentication(self) -> bool:
        """Whether anybody has to say who they are."""
        return bool(
            self.users or self.users_file or self.tokens or self.tokens_file or self.oauth_provider
        )
