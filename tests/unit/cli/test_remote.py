"""`Remote`: whatever stands behind the address, the shell gets an answer or one clear error."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_server
from typing import Any

import pytest
from click.testing import CliRunner, Result

from antflow.cli import remote as module
from antflow.cli.remote import Remote, RemoteError
from antflow.cli.tasks import command as tasks
from antflow.cli.top import command as top

Serve = Callable[..., str]
SOURCES = json.dumps([{"name": "shop"}]).encode()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """`serve(status, body, **headers)`: the address of a server that answers always the same."""
    servers: list[ThreadingHTTPServer] = []

    def start(status: int, body: bytes, seen: list[Any] | None = None, **headers: str) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if seen is not None:
                    seen.append((self.path, dict(self.headers)))
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                pass

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def refused(url: str, token: str | None = None) -> RemoteError:
    with pytest.raises(RemoteError) as caught:
        Remote(url, token).source(None)
    return caught.value


def run(command: Any, *words: str, **env: str) -> Result:
    result = CliRunner(env=env).invoke(command, list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.mark.parametrize(
    "body",
    [
        *(
            b"",
            b"<html>hello</html>",
            b"null",
            b"3",
            b"{}",
            b"[1]",
            b'[{"name": 3}]',
            b"[[",
            b"\xff",
        ),
        *(b'[{"name": "\\ud800"}]', b"[" * 100_000, b"[NaN]"),
    ],
)
def test_an_answer_of_another_server_is_told_as_such(serve: Serve, body: bytes) -> None:
    error = refused(serve(200, body))
    assert "but not as `antflow web` does" in str(error)
    assert error.reached


def test_a_server_without_sources_is_told(serve: Serve) -> None:
    assert "shows no source" in str(refused(serve(200, b"[]")))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed_since_the_token_would_go_there(serve: Serve, status: int) -> None:
    seen: list[Any] = []
    elsewhere = serve(200, SOURCES, seen)
    error = refused(serve(status, b"", Location=elsewhere), "secret")
    assert elsewhere in str(error)
    assert seen == []


@pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
def test_a_refusal_is_told_in_the_servers_words_on_one_line(serve: Serve, status: int) -> None:
    said = str(refused(serve(status, json.dumps({"error": "no\n\x1b[2Jway"}).encode())))
    assert f"answers {status}: no �[2Jway" in said
    for body in (b"<html>", b"[]", b"\xff\xfe", b"[" * 50_000):
        assert f"answers {status}" in str(refused(serve(status, body)))


def test_401_says_how_to_give_a_token(serve: Serve) -> None:
    assert "ANTFLOW_TOKEN" in str(refused(serve(401, b"{}")))


def test_the_token_is_sent(serve: Serve) -> None:
    seen: list[Any] = []
    assert Remote(serve(200, SOURCES, seen), "abc").source(None) == "shop"
    assert seen[0][1]["Authorization"] == "Bearer abc"


@pytest.mark.parametrize("token", ["a\nb", "a b", "schlüssel", "a\0"])
def test_a_token_that_can_be_none_is_refused_and_not_shown(tmp_path: Path, token: str) -> None:
    file = tmp_path / "token"
    file.write_text(token)
    result = run(tasks, "--token-file", str(file))
    assert result.exit_code == 2
    assert "token" in result.output
    assert token not in result.output


def test_a_token_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_bytes(b"\xff\xfe\xff")
    result = run(top, "--json", "--token-file", str(file))
    assert result.exit_code == 2
    assert "it is no text" in result.output


@pytest.mark.parametrize(
    "url",
    [
        *("", "nonsense", "ftp://h", "http://", "http://[", "http://h:x", "http://h:99999"),
        *("http://h:0", "file:///etc/passwd", "http://h\n.x", "http://h x/", "http://ümlaut/"),
        *("http://h/?a=b", "http://h/#x", "\0", "http://user:geheim@h/"),
    ],
)
def test_an_address_that_is_none_is_a_usage_error(url: str) -> None:
    for words in (("--json",), ()):
        result = run(tasks, *words, "--url", url)
        assert result.exit_code == 2, result.output
        assert "--url" in result.output
        assert "geheim" not in result.output


def test_nobody_there_is_told_with_what_to_do() -> None:
    with closing(create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    for words in ((tasks,), (top, "--json")):
        result = run(words[0], *words[1:], "--url", f"http://127.0.0.1:{port}")
        assert result.exit_code == 1
        assert result.output.startswith("Error: No server answers at")
        assert "--url" in result.output
        assert "Traceback" not in result.output


def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.2)
    with closing(create_server(("127.0.0.1", 0))) as server:
        error = refused(f"http://127.0.0.1:{server.getsockname()[1]}")
    assert "timed out" in str(error)


@pytest.mark.parametrize(
    "said", [b"\r\n\r\n", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[", b"\0"]
)
def test_a_server_that_speaks_no_http_is_told(said: bytes) -> None:
    with closing(create_server(("127.0.0.1", 0))) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4_096)
                connection.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        error = refused(f"http://127.0.0.1:{server.getsockname()[1]}")
        thread.join()
    assert str(error).startswith(("No server answers", "http://127.0.0.1"))


def test_an_answer_that_does_not_end_is_given_up(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LARGEST", 1_000)
    assert "longer than 1000 bytes" in str(refused(serve(200, b" " * 2_000)))


def test_a_proxy_is_not_asked_about_this_machine(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert Remote(serve(200, SOURCES)).source(None) == "shop"
