"""Parameters of a request, from its query or its form body, with Flower's texts for errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request

from antflow.web.security.refusal import RefusalError

TRUE: Final = frozenset({"true", "t", "yes", "y", "on", "1"})
FALSE: Final = frozenset({"false", "f", "no", "n", "off", "0"})
FORM: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


class Arguments:
    """The parameters by name; a form's value goes before that of the query."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, name: str) -> str | None:
        """As it came; None where it is absent or empty."""
        return self._values.get(name) or None

    def required(self, name: str) -> str:
        """As it came.

        Raises:
            RefusalError: 400, it is absent or empty.
        """
        value = self.text(name)
        if value is None:
            raise RefusalError(400, f"Missing argument {name}")
        return value

    def integer(self, name: str, default: int | None = None) -> int | None:
        """As a whole number.

        Raises:
            RefusalError: 400, it is none.
        """
        value: int | None = self._converted(name, int, default)
        return value

    def number(self, name: str, default: float | None = None) -> float | None:
        """As a finite number.

        Raises:
            RefusalError: 400, it is none.
        """
        value: float | None = self._converted(name, float, default)
        if value is not None and not abs(value) < float("inf"):
            raise _invalid(self._values[name], float)
        return value

    def boolean(self, name: str, default: bool = False) -> bool:
        """Whether it is `true`, `yes`, `on` or `1`.

        Raises:
            RefusalError: 400, it is neither that nor `false`, `no`, `off`, `0`.
        """
        value = self._values.get(name)
        if value is None:
            return default
        if value.lower() in TRUE:
            return True
        if value.lower() in FALSE:
            return False
        raise _invalid(value, bool)

    def _converted(self, name: str, kind: type, default: Any) -> Any:
        value = self._values.get(name)
        if value is None:
            return default
        try:
            return kind(value)
        except ValueError:
            raise _invalid(value, kind) from None


def _invalid(value: str, kind: type) -> RefusalError:
    return RefusalError(400, f"Invalid argument {value[:200]!r} of type {kind.__name__!r}")


async def arguments_of(request: Request) -> Arguments:
    """Those of the query and, for a POST with a form, of the body."""
    values = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method == "POST" and kind in FORM:
        await request.body()  # kept, so that a body of JSON sent as a form can still be read
        async with request.form(max_files=0, max_fields=100) as form:
            values |= {name: value for name, value in form.items() if isinstance(value, str)}
    return Arguments(values)
