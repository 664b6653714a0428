"""Sources that need no broker: a local pipeline, and a fake for tests of pages."""

from antflow.web.sources.fake import FakeSource
from antflow.web.sources.local import LocalSource

__all__ = ["FakeSource", "LocalSource"]
