"""One line of help for each setting."""

from __future__ import annotations

from typing import Final

HELP: Final = {
    "address": "Where to listen; anything but loopback needs authentication, or insecure.",
    "port": "TCP port; 0 takes a free one.",
    "unix_socket": "Path of a socket to listen on instead.",
    "url_prefix": "The path under which a proxy shows the server, such as /antflow.",
    "allowed_hosts": (
        "Names that a request's Host may give besides those of the address itself; "
        "*.example.org allows all below it, * everything."
    ),
    "trusted_proxies": "Addresses or networks whose X-Forwarded-* headers are believed.",
    "certfile": "Certificate for TLS, PEM.",
    "keyfile": "Its key.",
    "ca_certs": "Certificates of authorities; clients must then show one of theirs.",
    "insecure": "Lets everybody who reaches the address do everything.",
    "read_only": "Refuses all changes, whoever asks.",
    "metrics_auth": "/metrics and /healthcheck need the role viewer.",
    "users": "Lines name:hash:role (antflow web hash-password makes them).",
    "users_file": "A file of lines name:hash:role (antflow web hash-password makes them).",
    "tokens": "Lines name:sha256:role[:last day] (antflow web new-token makes them).",
    "tokens_file": "A file of lines name:sha256:role (antflow web new-token makes them).",
    "cookie_secret": "Signs sessions; without it a restart ends them.",
    "session_age": "How long a login lasts.",
    "oauth_provider": "One of google, github, gitlab, okta, oidc.",
    "oauth_key": "The client's id.",
    "oauth_secret": "The client's secret.",
    "oauth_redirect_uri": (
        "This server's address for the provider's answer, exactly as told to the "
        "provider; ends with /oauth/callback or /login."
    ),
    "oauth_issuer": "Address of the provider, for okta, oidc, and a gitlab or github of your own.",
    "oauth_allow": (
        "Who gets which role: ann@example.org=admin, @example.org=viewer, "
        "group:ops=operator; the highest that matches counts, without = it is viewer."
    ),
    "apply_tasks": "Names of tasks that may be called over HTTP, * and ? allowed; empty: all.",
    "redact": "More names of keys whose values are hidden, as regular expressions.",
    "audit_file": "A file that gets a line of JSON for each change asked for.",
    "max_body": "Largest body of a request.",
    "max_query": "Longest query string.",
    "max_streams": "Live streams at once.",
    "body_timeout": "How long a request's body may take to come.",
    "db": "Address of the history of tasks; none: keep none.",
    "history_age": "Seconds for which the history keeps tasks that succeeded.",
    "history_failures_age": "Seconds for which it keeps those that failed.",
    "history_rows": "Tasks that it keeps at most.",
    "max_tasks": "Tasks kept in memory, a cluster.",
    "max_workers": "Workers kept in memory, a cluster.",
    "purge_offline_workers": "Forget workers that were offline for so long; None: never.",
    "broker_api": "Address of RabbitMQ's management API.",
    "enable_events": "Switch on the events of workers that started without.",
    "inspect_timeout": "How long to wait for workers' answers.",
    "runtime_buckets": "Bounds of the histogram of runtimes in /metrics.",
    "tasks_columns": "Columns of the table of tasks, in order; empty: the pages' own choice.",
    "debug": "Log more.",
}
"""By the setting's name."""
