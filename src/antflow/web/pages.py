"""The pages: one HTML file for every address of theirs, and what it loads."""

from __future__ import annotations

import gzip
import html
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from antflow.web.security.permissions import PAGES
from antflow.web.security.refusal import base_path
from antflow.web.site import Site

STATIC: Final = Path(__file__).parent / "static"
FOR_EVER: Final = "public, max-age=31536000, immutable"
WORTH_PACKING: Final = 1_024

_HASHED: Final = re.compile(r".+-[A-Za-z0-9_]{6,}\.\w+")
_BASE: Final = re.compile(r'(<meta name="antflow-base" content=")[^"]*(")')
_LINK: Final = re.compile(r'\b(src|href)="(?:\{base\}|\./|/)?(?:static/)?([\w.\-]+)"')
_NOT_BUILT: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>antflow</title></head>
<body><main><h1>The pages are not built</h1>
<p>This installation has no pages.
In a checkout, <code>python scripts/build_ui.py</code> builds them.
The API works: see <a href="{base}api/docs">its page</a>.</p></main></body></html>
"""


@dataclass(frozen=True)
class Asset:
    """A file of the pages, held in memory.

    Attributes:
        data: its bytes.
        packed: the same, by gzip; None where that saves nothing.
        kind: its media type.
        is_hashed: its name changes with what is in it.
    """

    data: bytes
    packed: bytes | None
    kind: str
    is_hashed: bool


def read_assets(folder: Path = STATIC) -> dict[str, Asset]:
    """All files of a folder, by name; empty where there is none."""
    if not folder.is_dir():
        return {}
    return {path.name: _asset(path) for path in sorted(folder.iterdir()) if path.is_file()}


def are_built(folder: Path = STATIC) -> bool:
    """Whether there are pages to show."""
    return (folder / "index.html").is_file()


def _asset(path: Path) -> Asset:
    data = path.read_bytes()
    packed = gzip.compress(data, 9, mtime=0) if len(data) >= WORTH_PACKING else None
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    kind = "text/javascript" if path.suffix in (".js", ".mjs") else kind
    is_small = packed is not None and len(packed) < len(data)
    return Asset(data, packed if is_small else None, kind, bool(_HASHED.fullmatch(path.name)))


def index_page(text: str, base: str, names: frozenset[str]) -> str:
    """The pages' HTML for a base path: told in a meta element, and put before the files' names."""
    base = html.escape(base)

    def link(found: re.Match[str]) -> str:
        name = found[2]
        return f'{found[1]}="{base}static/{name}"' if name in names else found[0]

    return _LINK.sub(link, _BASE.sub(lambda found: found[1] + base + found[2], text))


def router(site: Site, folder: Path = STATIC) -> APIRouter:
    """The routes of the pages and of their files."""
    routes = APIRouter(include_in_schema=False)
    assets = read_assets(folder)
    names = frozenset(assets)
    text = assets["index.html"].data.decode() if "index.html" in assets else None

    async def page(request: Request) -> Response:
        """Every page: the address says to the script which."""
        base = base_path(request.scope)
        headers = {"cache-control": "no-cache"}
        if text is None:
            return HTMLResponse(_NOT_BUILT.format(base=html.escape(base)), 200, headers)
        return HTMLResponse(index_page(text, base, names), 200, headers)

    async def file(request: Request) -> Response:
        """A file that the pages load."""
        return asset_response(request, assets.get(request.path_params["file"]))

    async def icon(request: Request) -> Response:
        """The icon, where browsers look for it by themselves."""
        return asset_response(request, assets.get("icon.svg"))

    routes.add_api_route("/static/{file:path}", file, methods=["GET"])
    routes.add_api_route("/favicon.ico", icon, methods=["GET"])
    for method, path in PAGES:
        if path not in ("/static/{file:path}", "/favicon.ico"):
            routes.add_api_route(path, page, methods=[method], name=path)
    return routes


def asset_response(request: Request, asset: Asset | None) -> Response:
    """A file's answer: packed where the browser takes that, kept for ever where it may.

    Raises:
        HTTPException: 404; there is no such file.
    """
    if asset is None:
        raise HTTPException(404, "not found")
    headers = {
        "cache-control": FOR_EVER if asset.is_hashed else "no-cache",
        "vary": "Accept-Encoding",
    }
    takes = {part.strip().partition(";")[0] for part in _accepted(request).split(",")}
    if asset.packed is not None and "gzip" in takes:
        headers["content-encoding"] = "gzip"
        return Response(asset.packed, 200, headers, media_type=asset.kind)
    return Response(asset.data, 200, headers, media_type=asset.kind)


def _accepted(request: Request) -> str:
    return request.headers.get("accept-encoding", "").lower().replace("gzip;q=0,", "")
