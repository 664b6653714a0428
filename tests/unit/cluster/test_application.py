"""Where the Celery application comes from."""

from __future__ import annotations

from pathlib import Path

import pytest
from celery import Celery

from antflow.cluster import application_of, find_application
from antflow.exceptions import NotFoundError


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    module = tmp_path / "antflow_project.py"
    module.write_text(
        "from celery import Celery\n"
        "app = Celery('project', broker='memory://', set_as_current=False)\n"
        "other = 7\n"
    )
    monkeypatch.chdir(tmp_path)
    return "antflow_project"


def test_it_is_found_by_module_or_by_name(project: str) -> None:
    for name in (project, f"{project}.app", f"{project}:app"):
        assert find_application(name).main == "project"


@pytest.mark.parametrize("name", ["no_such_module_here", "{}:missing", "{}:other"])
def test_what_is_no_application_is_not_found(project: str, name: str) -> None:
    with pytest.raises(NotFoundError, match="No Celery application"):
        find_application(name.format(project))


def test_a_brokers_address_is_enough() -> None:
    app = application_of(broker="memory://", backend="cache+memory://")
    assert (app.conf.broker_url, app.conf.result_backend) == ("memory://", "cache+memory://")


def test_a_given_address_comes_before_the_applications_own() -> None:
    app = Celery("given", broker="memory://", set_as_current=False)
    assert application_of(app, broker="redis://127.0.0.1:1/3").conf.broker_url.endswith("/3")


def test_nothing_given_is_refused() -> None:
    with pytest.raises(ValueError, match="--broker"):
        application_of()
