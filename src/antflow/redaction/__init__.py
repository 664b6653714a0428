"""Keeps secrets out of what is shown: by the names of keys, and by the shapes of values."""

from antflow.redaction.redactor import DEFAULT, Hook, Redactor
from antflow.redaction.texts import MARK

__all__ = ["DEFAULT", "MARK", "Hook", "Redactor"]
