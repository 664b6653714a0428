#!/usr/bin/env bash
# Makes or updates a virtual environment with antflow in it, editable, from this checkout.
#
#   scripts/venv.sh DIR REQUIREMENT [GROUP…]
#
# DIR          the environment; made where it is missing or its Python no longer works
# REQUIREMENT  "." or ".[all]"
# GROUP        dependency groups of pyproject.toml
#
# PYTHON names the interpreter to use; by default the first of python3, python3.13, python3.12,
# python3.11 that is 3.11 or later. Nothing is installed outside DIR.
set -euo pipefail

dir=$1 requirement=$2
shift 2

fits() { # name — whether it runs, is new enough, and can make environments
    "$1" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        fits "$PYTHON" && { echo "$PYTHON"; return; }
        echo "PYTHON=$PYTHON is not a Python >= 3.11 with the venv module." >&2
        return 1
    fi
    for name in python3 python3.13 python3.12 python3.11; do
        if fits "$name"; then echo "$name"; return; fi
    done
    {
        echo "antflow needs Python 3.11 or later, with the venv module."
        echo "Found: $(python3 --version 2>&1 | tail -n 1)"
        echo "On Debian or Ubuntu: apt-get install python3 python3-venv"
        echo "Or name an interpreter: make PYTHON=/path/to/python3.12 …"
    } >&2
    return 1
}

if ! fits "$dir/bin/python" || [ ! -x "$dir/bin/pip" ]; then
    python=$(find_python)
    echo "Making $dir with $("$python" --version 2>&1)"
    "$python" -m venv --clear "$dir"
fi

pip=("$dir/bin/python" -m pip --quiet --quiet --disable-pip-version-check)
groups=()
for group in "$@"; do groups+=(--group "$group"); done
if [ ${#groups[@]} -gt 0 ] && ! "${pip[@]}" install --help | grep -q -- --group; then
    "${pip[@]}" install --upgrade "pip>=25.1" # the first that reads dependency groups
fi
echo "Installing antflow and what it needs into $dir: $requirement ${*:-}"
"${pip[@]}" install --editable "$requirement" ${groups[@]+"${groups[@]}"}
