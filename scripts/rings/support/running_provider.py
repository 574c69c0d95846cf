"""Starts `oidc-provider` for a ring, with a certificate of the demo's authority, and ends it again."""

import json
import os
import subprocess
from urllib.parse import urlsplit

import authority
import graph
from running_simulator import node_command, node_environment


class Provider:
    """The provider in a process of its own. Use it in a `with`."""

    def __init__(self, demo, clients, people):
        home = os.environ["RING_STATE"]
        certificate, key = authority.Authority.of(demo, home).server("localhost")
        callback = f"{demo.ready['team_domain']}/cdn-cgi/access/callback"
        told = {"port": 0, "certificate": certificate, "key": key, "callback": callback, "clients": clients, "people": people}
        path = os.path.join(home, "told.json")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(told, file)
        environment = node_environment(demo.ready["ca_file"], TOLD=path)
        with open(os.path.join(home, "provider.out"), "wb") as errors:
            self.process = subprocess.Popen(node_command("provider.mjs"), env=environment, stdout=subprocess.PIPE, stderr=errors)
        # It says where it listens, or it ends and the line is empty.
        line = self.process.stdout.readline()
        if not line:
            self.process.wait(20)
            raise RuntimeError(f"the provider did not start, see {errors.name}")
        self.issuer = json.loads(line)["issuer"]
        self.place = urlsplit(self.issuer).netloc
        self.web = graph.web_session(demo)
        self.found = self.web.get(f"{self.issuer}/.well-known/openid-configuration", timeout=20).json()

    def roll_over(self):
        """From now on it signs with another key, and publishes that one only."""
        self.web.post(f"{self.issuer}/ring/roll-over", timeout=20).raise_for_status()

    def disable(self, sub):
        """The account is gone there."""
        self.web.post(f"{self.issuer}/ring/disable?sub={sub}", timeout=20).raise_for_status()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)
        self.process.stdout.close()
