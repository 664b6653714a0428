"""Parameters of the routes, as FastAPI checks and documents them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from antflow.source import TaskView

MOST_ROWS = 10_000
_FIELDS = "|".join(TaskView.__struct_fields__)

SourceName = Annotated[str, Path(alias="source", description="name of the source")]
Search = Annotated[str, Query(max_length=2_048, description="in the search language")]
Sort = Annotated[
    str, Query(pattern=rf"^-?({_FIELDS})$", description="field of a row; `-` before: descending")
]
Limit = Annotated[int, Query(ge=0, le=MOST_ROWS, description="rows at most")]
Offset = Annotated[int, Query(ge=0, le=1_000_000_000, description="rows to skip")]
