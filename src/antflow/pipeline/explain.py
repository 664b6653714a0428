"""A pipeline's plan in words: stages, workers, capacities, limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from antflow.pipeline.stage import Stage


def explain(stages: Sequence[Stage], workers: Mapping[str, int]) -> str:
    """One paragraph a stage.

    Args:
        stages: in order.
        workers: how many each has now, by stage name.
    """
    lines = [f"{len(stages)} stage{'s' * (len(stages) > 1)}, {sum(workers.values())} workers"]
    for number, stage in enumerate(stages, 1):
        count = workers[stage.name]
        lines.append(f"{number}. {stage.name}: {count} worker{'s' * (count > 1)}, {_queue(stage)}")
        lines.append(f"   tasks: {' → '.join(stage.task_names)}{_place(stage)}")
        lines.append(f"   retry: {_retry(stage)}")
        lines += [f"   limit: {limit}" for limit in _limits(stage)]
        hooks = [name for name in ("skip_if", "on_success", "on_failure", "on_skip")
                 if getattr(stage, name) is not None]  # fmt: skip
        if hooks:
            lines.append(f"   calls: {', '.join(hooks)}")
    return "\n".join(lines)


def _queue(stage: Stage) -> str:
    if stage.pull:
        return "nothing waits before it (pull)"
    return f"queue of {stage.capacity}" if stage.capacity else "queue without bound"


def _place(stage: Stage) -> str:
    if stage.executor == "thread":
        return " (on a thread a worker)"
    return "" if stage.all_async else " (plain functions on a thread a worker)"


def _retry(stage: Stage) -> str:
    if stage.attempts == 1:
        return "none, one attempt"
    wait = stage.wait
    waits = "a computed wait" if callable(wait) else f"{wait:g} s"
    kinds = stage.retry_on if isinstance(stage.retry_on, tuple) else (stage.retry_on,)
    what = "a task" if stage.retry == "per_task" else "the stage"
    names = ", ".join(kind.__name__ for kind in kinds)
    return f"{stage.attempts} attempts of {what}, {waits} between, on {names}"


def _limits(stage: Stage) -> list[str]:
    limits = [f"{name}: {n} at once" for name, n in stage.task_concurrency_limits.items()]
    if stage.rate is not None:
        unit = "" if isinstance(stage.rate, str) else "/s"
        limits.append(f"task starts: {stage.rate}{unit}")
    if stage.call_rate is not None:
        limits.append(f"rate_limit(): {stage.call_rate:g} per {stage.call_rate_period:g} s")
    if stage.call_concurrency is not None:
        limits.append(f"concurrency_limit(): {stage.call_concurrency} at once")
    if stage.timeout is not None:
        limits.append(f"timeout: {stage.timeout:g} s an attempt")
    return limits
