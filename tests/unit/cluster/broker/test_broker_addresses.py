"""Addresses without passwords."""

from __future__ import annotations

import pytest

from antflow.cluster.broker import public_url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://:s3cret@host:6379/0", "redis://host:6379/0"),
        ("redis://user:s3cret@host/0", "redis://user@host/0"),
        (
            "rediss://:s3cret@host:6380/1?ssl_cert_reqs=none",
            "rediss://host:6380/1?ssl_cert_reqs=none",
        ),
        (
            "redis+socket:///run/redis.sock?virtual_host=3",
            "redis+socket:///run/redis.sock?virtual_host=3",
        ),
        ("socket://:s3cret@/run/redis.sock", "socket:///run/redis.sock"),
        ("redis://host/0?password=s3cret&db=1", "redis://host/0?password=**&db=1"),
        (
            "sentinel://:s3cret@one:26379;sentinel://:s3cret@two:26379/0",
            "sentinel://one:26379;sentinel://two:26379/0",
        ),
        ("sentinel://:s3cret@one:26379;two:26379", "sentinel://one:26379;two:26379"),
        ("amqp://guest:s3cret@host:5672//", "amqp://guest@host:5672//"),
        ("amqp://a:s3cret@one//;amqp://b:s3cret@two//", "amqp://a@one//;amqp://b@two//"),
        ("amqp://user:s3%40cret@[::1]:5672/vhost", "amqp://user@[::1]:5672/vhost"),
        ("redis://:s3@cre/t;s3cret#@host/0", "redis://host/0"),
        ("db+postgresql://user:s3cret@host/results", "db+postgresql://user@host/results"),
        ("antflow+filesystem:///a/folder", "antflow+filesystem:///a/folder"),
        ("sqs://AKIA:s3cret@", "sqs://AKIA@"),
        ("user:s3cret@host", "user@host"),
        ("memory://", "memory://"),
        ("redis", "redis"),
        ("", ""),
        (None, ""),
        (["redis://:s3cret@a", "redis://:s3cret@b"], "redis://a;redis://b"),
    ],
)
def test_a_password_is_left_out_and_the_rest_stays(url: str | None, shown: str) -> None:
    assert public_url(url) == shown
