"""When telemetry is on."""

from __future__ import annotations

import subprocess
import sys

import pytest
from opentelemetry import metrics, trace

import antflow
from antflow import hooks, telemetry
from antflow.telemetry import configure_telemetry, telemetry_enabled


def run_python(code: str) -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)


def test_off_where_only_the_api_is_installed() -> None:
    assert trace.get_tracer_provider() is not None
    assert metrics.get_meter_provider() is not None
    assert not telemetry_enabled()
    assert hooks.current() is None


def test_importing_it_does_not_import_opentelemetry() -> None:
    run_python(
        "import sys, antflow.telemetry as t\n"
        "assert not t.telemetry_enabled()\n"
        "assert not {'opentelemetry', 'prometheus_client'} & sys.modules.keys()"
    )


def test_on_when_the_application_sets_up_a_tracer_provider_after_the_import() -> None:
    run_python(
        "from antflow import hooks, telemetry\n"
        "from opentelemetry import trace\n"
        "from opentelemetry.sdk.trace import TracerProvider\n"
        "assert hooks.current() is None\n"
        "trace.set_tracer_provider(TracerProvider())\n"
        "assert telemetry.telemetry_enabled()\n"
        "assert hooks.current() is not None"
    )


def test_on_when_the_application_sets_up_a_meter_provider() -> None:
    run_python(
        "from antflow import hooks, telemetry\n"
        "from opentelemetry import metrics\n"
        "from opentelemetry.sdk.metrics import MeterProvider\n"
        "metrics.set_meter_provider(MeterProvider())\n"
        "assert telemetry.telemetry_enabled()\n"
        "hook = hooks.current()\n"
        "with hook.run(1, 1), hook.stage(hook.carrier(), 'A'), hook.task('f', 1):\n"
        "    hook.item_processed()"
    )


def test_off_when_the_application_sets_a_provider_that_records_nothing() -> None:
    run_python(
        "from antflow import telemetry\n"
        "from opentelemetry import metrics, trace\n"
        "trace.set_tracer_provider(trace.NoOpTracerProvider())\n"
        "metrics.set_meter_provider(metrics.NoOpMeterProvider())\n"
        "assert not telemetry.telemetry_enabled()"
    )


def test_false_turns_it_off_where_an_sdk_is_set_up() -> None:
    run_python(
        "from antflow import hooks, telemetry\n"
        "from opentelemetry import trace\n"
        "from opentelemetry.sdk.trace import TracerProvider\n"
        "trace.set_tracer_provider(TracerProvider())\n"
        "telemetry.configure_telemetry(False)\n"
        "assert not telemetry.telemetry_enabled()\n"
        "assert hooks.current() is None"
    )


def test_true_without_opentelemetry_says_what_to_install() -> None:
    run_python(
        "import sys\n"
        "sys.modules['opentelemetry'] = None\n"
        "from antflow.telemetry import configure_telemetry, telemetry_enabled\n"
        "try:\n"
        "    configure_telemetry(True)\n"
        "except ImportError as error:\n"
        "    assert 'install opentelemetry-api' in str(error), error\n"
        "else:\n"
        "    raise AssertionError('no error')\n"
        "assert not telemetry_enabled()\n"
        "configure_telemetry(False)\n"
        "configure_telemetry()"
    )


def test_true_is_on_without_an_sdk() -> None:
    configure_telemetry(True)
    assert telemetry_enabled()
    hook = hooks.current()
    assert hook is not None
    with hook.run(1, None), hook.stage(hook.carrier(), "A"), hook.task("f", 1):
        hook.item_failed("A", ValueError("boom"))


def test_none_goes_back_to_automatic() -> None:
    configure_telemetry(True)
    configure_telemetry(None)
    assert not telemetry_enabled()


def test_a_given_provider_turns_it_on() -> None:
    configure_telemetry(tracer_provider=trace.NoOpTracerProvider())
    assert telemetry_enabled()
    assert hooks.current() is not None


def test_false_wins_over_a_given_provider() -> None:
    configure_telemetry(False, tracer_provider=trace.NoOpTracerProvider())
    assert not telemetry_enabled()


def test_the_hook_is_made_once_for_its_providers() -> None:
    configure_telemetry(True, tracer_provider=trace.NoOpTracerProvider())
    first = hooks.current()
    assert hooks.current() is first
    configure_telemetry(True, tracer_provider=trace.NoOpTracerProvider())
    assert hooks.current() is not first


def test_providers_that_cannot_be_used_are_logged_once_and_stop_no_run(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Old:
        def get_tracer(self) -> None:
            """Takes no version yet."""

    configure_telemetry(True, tracer_provider=Old())  # type: ignore[arg-type]
    assert hooks.current() is None
    assert hooks.current() is None
    assert [record.name for record in caplog.records] == ["antflow"]


def test_every_public_name_is_there() -> None:
    for name in telemetry.__all__:
        assert getattr(telemetry, name).__doc__


@pytest.mark.parametrize("name", ["configure_telemetry", "telemetry_enabled"])
def test_antflow_exports_it(name: str) -> None:
    assert getattr(antflow, name) is getattr(telemetry, name)
    assert name in antflow.__all__
