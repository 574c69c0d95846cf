"""Starts `scripts/demo` for a ring and ends it again."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
# The limit for a start, and how long a stop may take.
START_LIMIT = 60
STOP_LIMIT = 30


def free_port_base():
    """A base whose ports nobody uses, away from the one that people use and from those of rings that run at the same time."""
    first = 18440 + 500 * int(os.environ.get("RING_LANE", "0"))
    for base in range(first, first + 500, 10):
        try:
            with contextlib.ExitStack() as open_sockets:
                for port in range(base + 3, base + 7):
                    probe = open_sockets.enter_context(socket.socket())
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind(("127.0.0.1", port))
            return base
        except OSError:
            continue
    raise RuntimeError(f"no free ports between {first} and {first + 500}")


def build():
    """Builds what is missing, so that the time of a start is not that of a build."""
    subprocess.run(["scripts/demo", "--help"], cwd=TOP, check=True, stdout=subprocess.DEVNULL, timeout=550)


def programs():
    """The folder of the built programs; builds what is missing."""
    build()
    target = os.environ.get("CARGO_TARGET_DIR") or os.path.join(TOP, "target")
    profile = os.environ.get("DEMO_PROFILE", "dev")
    return os.environ.get("DEMO_PROGRAMS") or os.path.join(target, "debug" if profile == "dev" else profile)


class Demo:
    """A demo with a state folder of this ring's own. Use it in a `with`, or call `start` and `stop`."""

    def __init__(self, name="demo", under=()):
        """`under` is a command that starts it, `env` for one."""
        home = os.environ.get("RING_STATE") or os.path.join(TOP, "target", "rings", "by-hand")
        os.makedirs(home, exist_ok=True)
        self.state = os.path.join(home, name)
        self.ready_file = os.path.join(home, f"{name}.ready.json")
        self.output_file = os.path.join(home, f"{name}.out")
        self.port_base = free_port_base()
        self.under = under
        self.process = None
        self.ready = None
        self.seconds = None

    def start(self, *flags):
        """Starts it and waits for its ready file."""
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.ready_file)  # of a demo that was killed
        with open(self.output_file, "ab") as output:
            begun = time.monotonic()
            self.process = subprocess.Popen(
                [*self.under, "scripts/demo", "--state", self.state, "--port-base", str(self.port_base), "--ready-file", self.ready_file, *flags],
                cwd=TOP,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        while not os.path.exists(self.ready_file):
            if self.process.poll() is not None:
                raise RuntimeError(f"the demo ended with {self.process.returncode}\n{self.output()}")
            if time.monotonic() - begun > START_LIMIT:
                self.stop()
                raise RuntimeError(f"the demo was not ready within {START_LIMIT} s\n{self.output()}")
            time.sleep(0.02)
        self.seconds = time.monotonic() - begun
        with open(self.ready_file, encoding="utf-8") as file:
            self.ready = json.load(file)
        return self

    def wait(self):
        """Waits for its end and returns the exit status."""
        return self.process.wait(STOP_LIMIT)

    def stop(self, how=signal.SIGTERM):
        """Asks it to stop and returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.wait()
        except subprocess.TimeoutExpired:
            for process in self.processes().values():
                os.kill(process, signal.SIGKILL)
            raise RuntimeError(f"the demo did not stop within {STOP_LIMIT} s\n{self.output()}") from None

    def output(self):
        with open(self.output_file, encoding="utf-8", errors="replace") as file:
            return file.read()

    def processes(self):
        """Process ids by program name: the demo itself and its children."""
        found = {"doorward-demo": self.process.pid}
        children = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        with contextlib.suppress(OSError), open(children, encoding="ascii") as file:
            for child in map(int, file.read().split()):
                with contextlib.suppress(OSError), open(f"/proc/{child}/comm", encoding="utf-8") as name:
                    found[name.read().strip()] = child
        return found

    def resident_kib(self):
        """Resident memory by program name."""
        sizes = {}
        for name, process in self.processes().items():
            with open(f"/proc/{process}/status", encoding="utf-8") as status:
                sizes[name] = next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
        return sizes

    def app(self, name):
        return next(app for app in self.ready["apps"] if app["name"] == name)

    def person(self, first_name):
        return next(person for person in self.ready["people"] if person["upn"].startswith(f"{first_name}@"))

    def __enter__(self):
        if self.process is None:
            self.start("--fresh")
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            code = self.stop()
            if code != 0 and sys.exc_info()[0] is None:
                raise RuntimeError(f"the demo stopped with {code}\n{self.output()}")
