"""The package that gives `flower.…` only where no other flower is."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Any

NAMES = """
from flower.inspector import Inspector
from flower.events import Events
from flower.api.control import WorkerShutDown
import flower.api
print(Inspector.__module__.split(".")[0], Events.__module__.split(".")[0])
"""


def test_the_wheel_holds_no_file_named_flower(compat_wheel: Path) -> None:
    with zipfile.ZipFile(compat_wheel) as wheel:
        tops = {name.split("/")[0] for name in wheel.namelist()}
    assert "flower" not in tops
    assert "flower.py" not in tops


def test_the_names_are_given_where_no_flower_is(home: Any) -> None:
    done = home.run(NAMES)
    assert (done.stdout, done.stderr) == ("antflow antflow\n", "")


def test_starting_python_loads_nothing_but_the_finder(home: Any) -> None:
    done = home.run("print([n for n in sys.modules if n.split('.')[0] in ('antflow', 'celery')])")
    assert done.stdout == "[]\n"


def test_a_real_flower_wins_and_removal_leaves_it_whole(home: Any) -> None:
    real = home.packages / "flower"
    real.mkdir()
    (real / "__init__.py").write_text("WHO = 'the real one'\n")
    (real / "inspector.py").write_text("class Inspector: pass\n")
    try:
        done = home.run("import flower, flower.inspector as i; print(flower.WHO, i.__file__)")
        assert done.stdout == f"the real one {real / 'inspector.py'}\n"
        # What the real one lacks is missing, and not half of another.
        missing = home.run("import flower.events")
        assert "ModuleNotFoundError: No module named 'flower.events'" in missing.stderr
        wheel_gone = home.pip("uninstall", "-y", "antflow-flower-compat")
        assert wheel_gone.returncode == 0, wheel_gone.stderr
        assert home.run("import flower.inspector; print(1)").stdout == "1\n"
        assert sorted(path.name for path in real.glob("*.py")) == ["__init__.py", "inspector.py"]
        assert not list(home.packages.glob("antflow_flower*"))
    finally:
        shutil.rmtree(real)
        home.reinstall()


def test_a_flower_later_on_the_path_wins_as_well(home: Any, tmp_path: Path) -> None:
    (tmp_path / "flower.py").write_text("WHO = 'mine'\n")
    script = f"sys.path.append({str(tmp_path)!r})\nimport flower; print(flower.WHO)"
    assert home.run(script).stdout == "mine\n"
