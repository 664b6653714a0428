#!/usr/bin/env bash
# Runs the tests on every Python >= 3.11 of this machine other than the one in .venv: those on
# PATH and those of pyenv. Each gets an environment of its own, .venv-3.12 and so on.
# Arguments are passed on to pytest.
set -euo pipefail

version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

done_with=" $(version .venv/bin/python) "
failed=""
for minor in 11 12 13 14; do
    for python in "python3.$minor" "${PYENV_ROOT:-$HOME/.pyenv}/versions/3.$minor".*/bin/python; do
        [ "$(version "$python")" = "3.$minor" ] || continue
        case $done_with in *" 3.$minor "*) continue ;; esac
        done_with+="3.$minor "
        echo "== Python 3.$minor"
        PYTHON=$python scripts/venv.sh ".venv-3.$minor" ".[all]" test
        ".venv-3.$minor/bin/python" -m pytest -p no:cacheprovider "$@" || failed+=" 3.$minor"
    done
done
[ -z "$failed" ] || { echo "Failed on Python$failed"; exit 1; }
echo "Tested on Python${done_with}(the first by make test)"
