"""Pebble, the ACME server of Let's Encrypt's developers, on loopback, with a DNS of its own; and somebody in between who gives wrong answers."""

import http.client
import http.server
import json
import os
import shutil
import ssl
import subprocess
import threading
import time
import urllib.request

from door import free_port

START_LIMIT = 20


def is_there():
    return all(shutil.which(program) for program in ("pebble", "pebble-challtestsrv"))


def unchecked():
    """For the management address, whose certificate nobody needs to check."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Names:
    """The DNS that Pebble asks: every name is at 127.0.0.1, unless it is told otherwise."""

    def __init__(self, folder):
        self.port, self.manage = free_port(), free_port()
        words = ["-dns01", f"127.0.0.1:{self.port}", "-management", f"127.0.0.1:{self.manage}", "-defaultIPv4", "127.0.0.1"]
        # Its own answers to challenges are not wanted: doorward gives them.
        words += ["-defaultIPv6", "", "-http01", "", "-https01", "", "-tlsalpn01", ""]
        with open(os.path.join(folder, "names.log"), "wb") as log:
            self.process = subprocess.Popen(["pebble-challtestsrv", *words], stdout=log, stderr=log)

    def put(self, name, address):
        body = json.dumps({"host": f"{name}.", "addresses": [address]}).encode()
        urllib.request.urlopen(f"http://127.0.0.1:{self.manage}/add-a", body, timeout=10).close()

    def stop(self):
        self.process.kill()
        self.process.wait(20)


class Pebble:
    """The ACME server. `more` are members of its configuration."""

    def __init__(self, folder, names, authority, door, port=None, **more):
        os.makedirs(folder, exist_ok=True)
        self.port, self.manage = port or free_port(), free_port()
        certificate, key = authority.server("localhost")
        settings = {
            "listenAddress": f"127.0.0.1:{self.port}",
            "managementListenAddress": f"127.0.0.1:{self.manage}",
            "certificate": certificate,
            "privateKey": key,
            "httpPort": door.plain_port,
            "tlsPort": door.port,
            **more,
        }
        path = os.path.join(folder, "pebble.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"pebble": settings}, file)
        # By itself it refuses one good nonce in twenty, sometimes three in a row. The ring refuses one where it wants to.
        environment = {**os.environ, "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}
        words = ["pebble", "-strict", "-config", path, "-dnsserver", f"127.0.0.1:{names.port}"]
        with open(os.path.join(folder, "pebble.log"), "ab") as log:
            self.process = subprocess.Popen(words, stdout=log, stderr=log, env=environment)
        self.directory = f"https://localhost:{self.port}/dir"
        self.root_file = os.path.join(folder, "root.pem")
        with open(self.root_file, "wb") as file:
            file.write(self.managed("roots/0"))

    def managed(self, path):
        """Asks its management address, as soon as it answers."""
        end = time.monotonic() + START_LIMIT
        while True:
            try:
                with urllib.request.urlopen(f"https://127.0.0.1:{self.manage}/{path}", context=unchecked(), timeout=5) as answer:
                    return answer.read()
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise
                time.sleep(0.1)

    def stop(self):
        self.process.kill()
        self.process.wait(20)


class Between:
    """Passes everything on to an ACME server, until `wrong` is set: a function of method and path that may give (status, headers, body)."""

    def __init__(self, authority, port):
        outer = self
        self.wrong, self.requests = None, []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer.requests.append((time.monotonic(), self.command, self.path))
                status, headers, content = (outer.wrong and outer.wrong(self.command, self.path)) or self.passed_on(body)
                self.send_response_only(status)
                for name, value in headers:
                    if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            def passed_on(self, body):
                connection = http.client.HTTPSConnection("127.0.0.1", port, context=unchecked(), timeout=20)
                try:
                    connection.request(self.command, self.path, body, dict(self.headers))
                    answer = connection.getresponse()
                    return answer.status, answer.getheaders(), answer.read()
                finally:
                    connection.close()

            do_GET = do_POST = do_HEAD = answer

            def log_message(self, *_):
                pass

        certificate, key = authority.server("localhost")
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        # Nobody to pass it on to: the connection ends, which is what is meant.
        self.server.handle_error = lambda *_: None
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.directory = f"https://localhost:{self.server.server_port}/dir"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
