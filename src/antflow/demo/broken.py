"""Five sources that no Python parses: the demo's own failures.

They are bytes in here, not files of the package, so that no editor, linter or version control
mends or mangles them.
"""

from __future__ import annotations

from pathlib import Path

BROKEN_SOURCES: dict[str, bytes] = {
    "bad_encoding.py": (
        b"# -*- coding: utf-8 -*-\n"
        b'CITY = "Z\xfcrich"  # written by an editor that was set to Latin-1\n'
    ),
    "unclosed_bracket.py": (
        b"PRICES = {\n"
        b'    "apple": (1, 20),\n'
        b'    "pear": (0, 95,\n'
        b"}\n"
        b"\n"
        b"def price(name):\n"
        b"    return PRICES[name]\n"
    ),
    "tabs_and_spaces.py": (
        b"def total(prices):\n"
        b"    amount = 0\n"
        b"    for price in prices:\n"
        b"        amount += price\n"
        b"\tamount += 1\n"
        b"    return amount\n"
    ),
    "nul_byte.py": b'NAME = "ant\x00flow"\n',
    "python2.py": (
        b"def greet(name):\n"
        b'    print "hello, %s" % name\n'
        b"    try:\n"
        b"        return unicode(name)\n"
        b"    except UnicodeError, error:\n"
        b"        raise SystemExit, error\n"
    ),
}


def write_broken_sources(folder: Path) -> list[Path]:
    """Write the five into `folder`, which is made where it is missing, and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name for name in BROKEN_SOURCES]
    for path in paths:
        path.write_bytes(BROKEN_SOURCES[path.name])
    return paths
