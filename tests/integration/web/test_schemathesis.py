"""S11: what the OpenAPI document says is what the API does, for any input."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from antflow.web import Settings, create_app
from antflow.web.sources import FakeSource

# A search, the target of a command and its arguments are text to the schema; whether they mean
# something only the source can say, and 400 and 404 are declared for it.
_CONFIG = SchemathesisConfig.from_dict({
    "checks": {
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "400", "401", "403", "404", "409", "503"],
        },
        "negative_data_rejection": {
            "expected-statuses": ["4xx", "503"],
        },
    },
})  # fmt: skip


def _app() -> object:
    sources = [FakeSource("fake", tasks=60), FakeSource("etl", kind="pipeline", tasks=60)]
    return create_app(sources, Settings(allowed_hosts=("*",)))


APP = _app()
schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", APP, config=_CONFIG)
bounded = schema.exclude(path="/api/v1/stream")


@pytest.mark.timeout(300)
@bounded.parametrize()
@settings(
    max_examples=50, deadline=None, derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_every_answer_is_as_the_document_says(case: schemathesis.Case) -> None:
    """All checks, on every operation but the stream, which never ends."""
    case.call_and_validate()
