"""`doorward` by itself, without a demo around it: its own folder, configuration and process."""

import os
import signal
import socket
import ssl
import subprocess
import time

import localhost_names  # noqa: F401 - names of the team domain
import requests
from running_demo import programs

START_LIMIT = 30
STOP_LIMIT = 30


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Door:
    """A server with the team domain `team.localhost`. `sections` is the part of the configuration that a ring changes."""

    def __init__(self, folder, sections, redirect=True, name="Harbour Works"):
        self.name = name
        os.makedirs(folder, exist_ok=True)
        self.folder, self.sections = folder, sections
        self.port, self.plain_port = free_port(), free_port() if redirect else None
        self.program = os.path.join(programs(), "doorward")
        self.file = os.path.join(folder, "doorward.toml")
        self.log_file = os.path.join(folder, "doorward.log")
        self.ca_file = os.path.join(folder, "ca", "ca.pem")
        self.process = None
        self.configure(sections)
        token = os.path.join(folder, "token")
        done = subprocess.run([self.program, "init", "--config", self.file, "--token-file", token], capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        self.account = next(line.split(": ")[1] for line in done.stdout.splitlines() if line.startswith("Account: "))
        with open(token, encoding="utf-8") as file:
            self.token = file.read().strip()

    def configure(self, sections):
        """Writes the configuration; what runs does not know of it yet."""
        self.sections = sections
        plain = f'redirect_listen = ["127.0.0.1:{self.plain_port}"]' if self.plain_port else ""
        text = f"""
[team]
name = "{self.name}"
domain = "team.localhost"
[http]
listen = ["127.0.0.1:{self.port}"]
workers = 2
drain_seconds = 2
{plain}
[store]
directory = "data"
sealing_key_file = "sealing.key"
{sections}
"""
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(text)

    def check(self):
        """Exit status and words of `doorward check`."""
        done = subprocess.run([self.program, "check", "--config", self.file], capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def start(self):
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen([self.program, "serve", "--config", self.file], stdout=log, stderr=log)
        end = time.monotonic() + START_LIMIT
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"doorward ended with {self.process.returncode}\n{self.log()}")
            if self.answers():
                return self
            time.sleep(0.05)
        raise RuntimeError(f"doorward does not answer\n{self.log()}")

    def answers(self):
        """A handshake for the team domain: sockets are there before that."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            with socket.create_connection(("127.0.0.1", self.port), 2) as plain, context.wrap_socket(plain, server_hostname="team.localhost"):
                return True
        except OSError:
            return False

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return self.process and self.process.returncode
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_LIMIT)

    def hang_up(self):
        """Asks it to read its configuration anew."""
        self.process.send_signal(signal.SIGHUP)

    def log(self):
        with open(self.log_file, encoding="utf-8", errors="replace") as file:
            return file.read()

    def web(self):
        session = requests.Session()
        session.trust_env = False
        session.verify = self.ca_file
        session.headers["Authorization"] = f"Bearer {self.token}"
        return session

    def call(self, method, path, body=None):
        url = f"https://team.localhost:{self.port}/client/v4/accounts/{self.account}/{path}"
        answer = self.web().request(method, url, json=body, timeout=20)
        envelope = answer.json()
        if not answer.ok or not envelope["success"]:
            raise RuntimeError(f"{method} {path} answered {answer.status_code}: {envelope['errors']}")
        return envelope["result"]

    def warnings(self, code):
        return [one for one in self.call("GET", "doorward/warnings") if one["code"] == code]

    def __enter__(self):
        return self if self.process else self.start()

    def __exit__(self, *_):
        self.stop()
