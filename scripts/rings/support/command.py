"""`doorward` as an administrator calls it: the built program in a process of its own, with files for its tokens."""

import os
import subprocess

from running_demo import programs

LIMIT = 60


class Command:
    """The program beside a demo. `asked` is a command that asks the running server, `run` one that does not."""

    def __init__(self, demo):
        self.demo = demo
        self.home = os.path.dirname(demo.state)
        self.program = os.path.join(programs(), "doorward")
        self.said = []

    def file(self, name, text):
        """A file that only its owner may read."""
        path = os.path.join(self.home, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def narrow(self, api, *permissions):
        """A file with an API token that has only these permissions."""
        name = f"narrow-{'-'.join(permissions)}"
        return self.file(name, api.call("POST", "doorward/api_tokens", {"name": name, "permissions": list(permissions)})["value"])

    def run(self, *words, **environment):
        """Exit status and both outputs; everything that was ever said is kept in `said`."""
        done = subprocess.run([self.program, *words], capture_output=True, text=True, timeout=LIMIT, env={**os.environ, **environment})
        self.said += [done.stdout, done.stderr]
        return done

    def asked(self, *words, token=None, **environment):
        """The same with the address of the demo's API, its authority and the administrator's token, or the token of another file."""
        return self.run(*words, *self.server(token), **environment)

    def server(self, token=None):
        ready = self.demo.ready
        token = token or self.file("token", f"{ready['api_token']}\n")
        return ["--api", ready["api_base"], "--token-file", token, "--ca-file", ready["ca_file"]]

    def unread(self, *words):
        """Exit status and standard error when whoever should read the output has gone, as `head` has after its lines."""
        reader, writer = os.pipe()
        os.close(reader)
        try:
            done = subprocess.run([self.program, *words, *self.server()], stdout=writer, stderr=subprocess.PIPE, text=True, timeout=LIMIT)
        finally:
            os.close(writer)
        return done.returncode, done.stderr


def refuses(checks, what, done, *words, status=1):
    """A check that a command failed, said so on standard error in one go, and nothing else."""
    told = done.stderr
    holds = done.returncode == status and not done.stdout and all(word in told for word in words)
    clear = told.startswith("doorward: ") and "panicked" not in told
    return checks.that(f"{what}: refused, clearly", holds and clear, f"exit {done.returncode}, {done.stdout!r}, {told!r}; wanted {words}")
