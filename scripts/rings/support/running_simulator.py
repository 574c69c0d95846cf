"""Starts `entra-sim` alone for a ring: TLS from an authority made for it, a tenant of its own, an end in any case."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import authority
from running_demo import START_LIMIT, STOP_LIMIT, TOP, programs

# Nothing listens there: the visitor stops at the redirect, or takes the form that Entra would post.
CALLBACK = "https://wiki.harbourworks.example/callback"
PEOPLE = ("mara", "ilo", "tessa", "bram", "greta", "nemo")


class Simulator:
    """A simulator in its own process. Use it in a `with`. `ready` has the shape of the demo's, as far as Entra is concerned."""

    def __init__(self):
        self.home = os.environ.get("RING_STATE") or os.path.join(TOP, "target", "rings", "by-hand")
        os.makedirs(self.home, exist_ok=True)
        self.callback = CALLBACK
        self.ready_file = os.path.join(self.home, "simulator.ready.json")
        self.output_file = os.path.join(self.home, "simulator.out")
        self.ready = None
        self.process = None

    def start(self):
        made = authority.Authority.made(self.home)
        certificate, key = made.server("localhost")
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.ready_file)
        command = [os.path.join(programs(), "entra-sim"), "serve", "--listen", "127.0.0.1:0", "--tls-cert", certificate, "--tls-key", key]
        command += ["--redirect-uri", self.callback, "--ready-file", self.ready_file]
        with open(self.output_file, "wb") as output:
            self.process = subprocess.Popen(command, cwd=self.home, stdout=output, stderr=subprocess.STDOUT)
        end = time.monotonic() + START_LIMIT
        while not os.path.exists(self.ready_file):
            if self.process.poll() is not None or time.monotonic() > end:
                self.process.kill()
                raise RuntimeError(f"the simulator did not start\n{self.output()}")
            time.sleep(0.02)
        with open(self.ready_file, encoding="utf-8") as file:
            said = json.load(file)
        self.ready = self._as_the_demo_says_it(said, made.file)
        return self

    @staticmethod
    def _as_the_demo_says_it(said, ca_file):
        sign_in, admin = said["sign_in_app"], said["admin_app"]
        entra = {"authority": said["authority"], "graph": said["base"], "tenant_id": said["tenant_id"]}
        entra |= {"client_id": sign_in["client_id"], "client_secret": sign_in["client_secret"], "object_id": sign_in["object_id"]}
        entra |= {"admin_client_id": admin["client_id"], "admin_client_secret": admin["client_secret"], "admin_object_id": admin["object_id"]}
        people = [{"upn": f"{name}@harbourworks.example", "password": f"Harbour-{name.capitalize()}-1"} for name in PEOPLE]
        scim = {"service_principal_id": said["job"]["service_principal_id"], "job_id": said["job"]["id"]}
        return {"entra": entra, "people": people, "ca_file": ca_file, "scim": scim}

    def output(self):
        with open(self.output_file, encoding="utf-8", errors="replace") as file:
            return file.read()

    def person(self, first_name):
        return next(person for person in self.ready["people"] if person["upn"].startswith(f"{first_name}@"))

    def run_node(self, script, **more):
        """Lets a script of `scripts/rings/node` count its checks against this simulator, and ends the ring as it ended."""
        told = os.path.join(self.home, "told.json")
        with open(os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump({**self.ready, "callback": self.callback, **more}, file)
        sys.exit(subprocess.run(node_command(script), env=node_environment(self.ready["ca_file"], TOLD=told), check=False).returncode)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise RuntimeError(f"the simulator did not stop within {STOP_LIMIT} s\n{self.output()}") from None
        if code != 0:
            raise RuntimeError(f"the simulator stopped with {code}\n{self.output()}")


def node_command(script):
    return ["node", os.path.join(TOP, "scripts", "rings", "node", script)]


def node_environment(ca_file, **more):
    """What a Node script finds: its packages, and the one authority it trusts besides the usual ones."""
    target = os.environ.get("CARGO_TARGET_DIR") or os.path.join(TOP, "target")
    # The simulator listens on the older loopback address only, while `localhost` may come out as either.
    own = {"NODE_PATH": os.path.join(target, "node", "node_modules"), "NODE_EXTRA_CA_CERTS": ca_file, "NODE_OPTIONS": "--dns-result-order=ipv4first"}
    return {**os.environ, **own, **more}
