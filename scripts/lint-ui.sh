#!/usr/bin/env bash
# Types and style of the pages' sources; says so where there is no Node to check them with.
set -euo pipefail
cd "$(dirname "$0")/../ui"
if ! command -v npm >/dev/null; then
    echo "No npm here: the sources in ui/ are not checked."
    exit 0
fi
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --silent --no-audit --no-fund
npm run --silent lint
