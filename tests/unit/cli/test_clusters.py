"""The clusters that the command line makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from antflow.cli.clusters import make_clusters
from antflow.cluster import Cluster
from antflow.web.settings.gather import SettingError, Told, gather


def told(path: Path, text: str, **flags: Any) -> Told:
    path.write_text(text)
    return gather({"broker": "memory://", **flags}, {}, lambda hint: None, str(path))


def test_alert_rules_come_from_the_file(tmp_path: Path) -> None:
    text = """
[[web.alerts]]
name = "many failures"
condition = "failures > 10 in 5m"
webhook = "http://127.0.0.1:9/hook"
"""
    found = told(tmp_path / "antflow.toml", text)
    assert [rule["name"] for rule in found.alerts] == ["many failures"]
    (cluster,) = make_clusters(found)
    assert isinstance(cluster, Cluster)


def test_an_alert_rule_that_cannot_be_is_refused_with_its_name(tmp_path: Path) -> None:
    text = '[[web.alerts]]\nname = "odd"\ncondition = "moon > 3"\nwebhook = "http://a/"\n'
    with pytest.raises(ValueError, match="odd"):
        make_clusters(told(tmp_path / "antflow.toml", text))


@pytest.mark.parametrize("line", ["clusters = false", "app = 5", "broker = [1]", "alerts = 3"])
def test_what_says_which_clusters_is_checked_like_any_setting(tmp_path: Path, line: str) -> None:
    with pytest.raises(SettingError, match=line.partition(" ")[0]):
        told(tmp_path / "antflow.toml", f"[web]\n{line}\n", broker=None)


def test_the_retention_of_the_history_can_be_told(tmp_path: Path) -> None:
    found = told(tmp_path / "antflow.toml", "[web]\nhistory_age = 60\nhistory_rows = 5\n")
    assert (found.settings.history_age, found.settings.history_rows) == (60.0, 5)
    (cluster,) = make_clusters(found)
    assert isinstance(cluster, Cluster)
    assert cluster.history is not None


def test_an_address_of_no_transport_is_refused() -> None:
    with pytest.raises(ValueError, match="No such transport"):
        make_clusters(gather({"broker": "moon://x"}, {}, lambda hint: None))
