#!/usr/bin/env bash
# Installs the programs that some tests need, where they are missing and apt-get may be used:
# servers, a browser, a terminal multiplexer, a font. Starts nothing. Tests whose program is
# missing are skipped with the reason, so that this never fails.
set -uo pipefail

shopt -s nullglob

has() { # program [folder…] — whether it is on PATH or in one of the folders
    local program=$1 folder
    command -v "$program" >/dev/null 2>&1 && return 0
    for folder in "${@:2}"; do [ -x "$folder/$program" ] && return 0; done
    return 1
}

has_font() {
    local found=(/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf /usr/share/fonts/*/DejaVuSans.ttf)
    for font in "${found[@]}"; do [ -e "$font" ] && return 0; done
    has fc-list && fc-list 2>/dev/null | grep -qi dejavu
}

missing() { # the Debian packages that are missing, one a line
    has redis-server || echo redis-server
    has rabbitmq-server /usr/sbin /usr/lib/rabbitmq/bin || echo rabbitmq-server
    { has postgres /usr/lib/postgresql/*/bin && has initdb /usr/lib/postgresql/*/bin; } ||
        echo postgresql
    has chromium || has chromium-browser || has google-chrome || echo chromium
    has tmux || echo tmux
    has_font || echo fonts-dejavu-core
}

without_starting() { # command… — what packages install is not started
    local policy=/usr/sbin/policy-rc.d
    if [ -e "$policy" ]; then "$@"; return; fi
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
    "$@"
    local code=$?
    rm -f "$policy"
    return $code
}

install() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >/dev/null 2>&1
    # one by one: a package that this system does not have keeps no other from coming
    for package in "$@"; do
        apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1
    done
}

mapfile -t wanted < <(missing)
[ ${#wanted[@]} -eq 0 ] && exit 0
if [ "$(id -u)" = 0 ] && has apt-get; then
    echo "Installing what some tests need: ${wanted[*]}"
    without_starting install "${wanted[@]}"
    mapfile -t wanted < <(missing)
fi
for package in "${wanted[@]}"; do
    echo "Missing: $package; the tests that need it are skipped. Install it and run them again."
done
exit 0
