"""What the saved report says of how much is done."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from antflow.source import Frame, Totals
from antflow.web.sources import FakeSource


class Shop(FakeSource):
    """A source with these totals."""

    def __init__(self, **totals: Any) -> None:
        super().__init__("shop", kind="pipeline", tasks=5)
        self.totals = Totals(**totals)

    def frame(self) -> Frame:
        return replace(super().frame(), totals=self.totals)


def reported(served: Any, **totals: Any) -> str:
    text: str = served(Shop(**totals)).get("/api/v1/sources/shop/report.html").text
    return text.partition("<h1>")[2].partition("</table>")[0]


def test_a_report_of_a_source_of_any_name_is_a_file(served: Any) -> None:
    answer = served(FakeSource("工場", tasks=1)).get(
        "/api/v1/sources/%E5%B7%A5%E5%A0%B4/report.html"
    )
    assert answer.headers["content-disposition"].endswith("%E5%B7%A5%E5%A0%B4-report.html")


def test_a_share_is_told_where_the_number_of_items_is_known(served: Any) -> None:
    told = reported(served, succeeded=40, failed=10, fed=80, expected=200)
    assert "<td>done</td><td>50 of 200 (25.0%)</td>" in told


def test_no_share_is_told_of_what_was_fed_so_far(served: Any) -> None:
    told = reported(served, succeeded=40, failed=10, fed=80)
    assert "<td>done</td><td>50</td>" in told
    assert "%" not in told


def test_where_nothing_is_to_be_done_all_is_done(served: Any) -> None:
    assert "0 of 0 (100.0%)" in reported(served, expected=0)
