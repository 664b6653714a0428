"""A real rabbitmq-server for tests, with its management API."""

from __future__ import annotations

import base64
import json
import os
import signal
import urllib.request
from typing import Any

from polling import eventually
from processes import Child, free_port, listens
from servers import Server, need_program


class RabbitServer(Server):
    """rabbitmq-server with a node name, an epmd and a folder of its own.

    Attributes:
        management_port: of the management API, on 127.0.0.1.
    """

    ready_timeout = 90.0

    def __init__(self) -> None:
        # the wrapper of Debian's /usr/sbin changes the user and the folder
        self.program = need_program("rabbitmq-server", "/usr/lib/rabbitmq/bin")
        self.epmd_program = need_program("epmd")
        super().__init__()
        self.management_port, self.epmd_port, self.dist_port = (free_port() for _ in range(3))
        self.node = f"antflow{self.port}@localhost"
        self._epmd: Child | None = None
        self._next = 0

    @property
    def url(self) -> str:
        return self.vhost_url("/")

    def vhost_url(self, vhost: str) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/{vhost}"

    @property
    def management_url(self) -> str:
        return f"http://guest:guest@127.0.0.1:{self.management_port}/api/"

    def fresh_url(self) -> str:
        """Address of a new, empty virtual host."""
        self._next += 1
        vhost = f"test{self._next}"
        self.manage("PUT", f"vhosts/{vhost}", {})
        rights = {"configure": ".*", "write": ".*", "read": ".*"}
        self.manage("PUT", f"permissions/{vhost}/guest", rights)
        return self.vhost_url(vhost)

    def manage(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call the management API; the JSON that it answers, or None."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.management_port}/api/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": "Basic " + base64.b64encode(b"guest:guest").decode(),
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def launch(self) -> Child:
        self._start_epmd()
        (self.folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
        (self.folder / "rabbitmq.conf").write_text(self._configuration())
        environment = self._environment()
        return Child([self.program], self.log, environment, cwd=self.folder, guard=True)

    def _start_epmd(self) -> None:
        if self._epmd is None or not self._epmd.alive:
            command = [self.epmd_program, "-port", str(self.epmd_port), "-address", "127.0.0.1"]
            self._epmd = Child(command, self.folder / "epmd.log")
            eventually(lambda: listens(self.epmd_port), 10)

    def _configuration(self) -> str:
        return (
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            "management.tcp.ip = 127.0.0.1\n"
            f"management.tcp.port = {self.management_port}\n"
            "collect_statistics_interval = 1000\n"
            "log.console = true\n"
            "log.file = false\n"
            "disk_free_limit.absolute = 10MB\n"
        )

    def _environment(self) -> dict[str, str]:
        folder = str(self.folder)
        distribution = "-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none"
        return {
            "HOME": folder,
            "RABBITMQ_NODENAME": self.node,
            "RABBITMQ_DIST_PORT": str(self.dist_port),
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": f"{folder}/mnesia",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_PID_FILE": f"{folder}/pid",
            "RABBITMQ_GENERATED_CONFIG_DIR": f"{folder}/config",
            "RABBITMQ_CONF_ENV_FILE": f"{folder}/none.conf",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{folder}/none.config",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/enabled_plugins",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": distribution,
        }

    def is_ready(self) -> bool:
        if not (listens(self.port) and listens(self.management_port)):
            return False
        try:
            return bool(self.manage("GET", "overview"))
        except OSError:
            return False

    def stop(self) -> None:
        """End it in good order; data stays."""
        if self.child is not None:
            # the start script hands SIGTERM to rabbitmqctl, which takes seconds; the node itself
            # knows what SIGTERM means
            node_pid = self.folder / "pid"
            if node_pid.exists():
                os.kill(int(node_pid.read_text()), signal.SIGTERM)
            self.child.end(0, timeout=20)
            self.child = None

    def close(self) -> None:
        super().close()
        if self._epmd is not None:
            self._epmd.kill()
