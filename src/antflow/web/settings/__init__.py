"""What the server can be told, and where it is told: flags, environment, a TOML file."""

from antflow.web.settings.model import Settings

__all__ = ["Settings"]
