"""`/api/v1`: what the pages know, as JSON, and the commands."""

from antflow.web.api.router import router

__all__ = ["router"]
