"""The route of commands."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from antflow.exceptions import NotFoundError
from antflow.source import Verb
from antflow.web.api.answers import json_answer
from antflow.web.api.parameters import SourceName
from antflow.web.api.parts import Parts, answers
from antflow.web.api.schemas import Answers, Command
from antflow.web.security.audit import note
from antflow.web.security.permissions import authorize_verb
from antflow.web.security.refusal import RefusalError

_DECODER = msgspec.json.Decoder(Command)
_BODY = {"required": True, "content": {"application/json": {"schema": {"$word": "command"}}}}


def add_commands(router: APIRouter, parts: Parts) -> None:
    """Add the route to a router."""

    @router.post(
        "/sources/{source}/commands/{verb}",
        responses=answers("answers", 400, 404, 409, 413, 415, 503),
        openapi_extra={"requestBody": _BODY},
        tags=["commands"],
    )
    async def command(
        request: Request,
        source: SourceName,
        verb: Annotated[str, Path(description="`target.name`, such as `task.retry`")],
    ) -> Response:
        """Do what a verb says; the answer holds what each worker said."""
        note(request, verb=verb[:100])
        asked = parts.source(source)
        if verb not in asked.verbs:
            known = ", ".join(asked.verbs)
            raise NotFoundError(f"unknown verb {verb[:200]!r}; {source} knows {known}")
        if not _is_json(request):
            raise RefusalError(415, "send the command as JSON: Content-Type: application/json")
        try:
            body = _DECODER.decode(await request.body())
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            why = str(error) or "nested too deep"
            raise RefusalError(422, f"the body is no command: {why}") from None
        return await _do(request, parts, source, asked.verbs[verb], body)


async def _do(request: Request, parts: Parts, source: str, verb: Verb, body: Command) -> Response:
    key = f"{verb.target}.{verb.name}"
    note(request, target=body.target or "")
    if verb.target != "source" and not body.target:
        raise RefusalError(400, f"{key} needs a target")
    authorize_verb(request, verb, body.target)
    try:
        found = await parts.source(source).command(key, body.target, body.arguments)
    except ValueError as error:
        raise RefusalError(400, parts.outgoing.text(str(error))) from None
    said = parts.outgoing.answers(found)
    note(request, answer="; ".join(f"{one.who}: {one.message}" for one in said)[:500])
    return json_answer(Answers(said))


def _is_json(request: Request) -> bool:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media == "application/json"
