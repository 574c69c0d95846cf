"""Origins that speak what applications speak: plain HTTP/1.1, WebSocket (the websockets package) and gRPC (grpcio)."""

import http.server
import threading
import time
from concurrent import futures

import grpc
from websockets.sync.server import serve

CONTENT = bytes(range(256)) * 400
# How long the origin of events waits for its reader before it gives up.
READERS_TIME = 20


class Plain(http.server.BaseHTTPRequestHandler):
    """Ranges, uploads, refusals and events."""

    protocol_version = "HTTP/1.1"
    uploads = []
    # Set by whoever has read the first event: only then the second is sent.
    first_read = threading.Event()

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_expect_100(self):
        if self.path == "/refuse":
            Plain.uploads.append("asked")
            self.answer(403, b"no such upload here\n")
            self.close_connection = True
            return False
        return super().handle_expect_100()

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        if self.path == "/events":
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(b"data: 1\n\n")
            if Plain.first_read.wait(READERS_TIME):
                self.wfile.write(b"data: 2\n\n")
            self.close_connection = True
            return
        asked = self.headers.get("Range")
        if asked:
            first, last = (int(n) for n in asked.removeprefix("bytes=").split("-"))
            self.answer(206, CONTENT[first : last + 1], Content_Range=f"bytes {first}-{last}/{len(CONTENT)}")
        else:
            self.answer(200, CONTENT, Accept_Ranges="bytes")

    def do_POST(self):
        if self.path == "/early":
            self.answer(200, b"enough\n", Connection="close")
            # The upload is left unread for a while: the answer must get through meanwhile.
            time.sleep(1)
            self.close_connection = True
            return
        Plain.uploads.append(self.path)
        self.answer(200, str(self.read_body()).encode())

    do_PUT = do_POST

    def read_body(self):
        """Reads the body and returns its length."""
        if "Content-Length" in self.headers:
            return len(self.rfile.read(int(self.headers["Content-Length"])))
        length = 0
        while size := int(self.rfile.readline().split(b";")[0], 16):
            length += len(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return length


class PlainServer(http.server.ThreadingHTTPServer):
    """The library's own queue holds 5 connections; what comes at once beyond that waits for TCP to try again, longer each time."""

    daemon_threads = True
    request_queue_size = 256


def echo(socket):
    """Echoes; says goodbye with a code of its own when asked to."""
    for message in socket:
        if message == "goodbye":
            socket.close(4000, "as asked")
            return
        socket.send(message)


class Berths(grpc.GenericRpcHandler):
    """A gRPC service whose messages are bytes as they are."""

    def service(self, details):
        kind = {
            "/harbour.Berths/Get": grpc.unary_unary_rpc_method_handler(self.get),
            "/harbour.Berths/List": grpc.unary_stream_rpc_method_handler(self.list),
            "/harbour.Berths/Talk": grpc.stream_stream_rpc_method_handler(self.talk),
            "/harbour.Berths/Missing": grpc.unary_unary_rpc_method_handler(self.missing),
        }
        return kind.get(details.method)

    def get(self, request, context):
        remaining = context.time_remaining()
        told = dict(context.invocation_metadata())
        context.send_initial_metadata((("x-berth", told.get("x-berth", "none")),))
        left = "no deadline" if remaining is None or remaining > 1_000_000 else f"{remaining:.1f}"
        context.set_trailing_metadata((("x-left", left), ("x-person", told.get("cf-access-jwt-assertion", "")[:3]), ("x-sum-bin", b"\x00\xff")))
        return request

    def list(self, request, context):
        for number in range(int(request)):
            yield f"berth {number}".encode()

    def talk(self, requests, context):
        for request in requests:
            yield request.upper()

    def missing(self, request, context):
        context.abort(grpc.StatusCode.NOT_FOUND, "no berth of that name: Süd")


class Origins:
    """All of them on ports of their own; use it in a `with`."""

    def __enter__(self):
        self.plain = PlainServer(("127.0.0.1", 0), Plain)
        threading.Thread(target=self.plain.serve_forever, daemon=True).start()
        self.sockets = serve(echo, "127.0.0.1", 0, max_size=8 << 20)
        threading.Thread(target=self.sockets.serve_forever, daemon=True).start()
        options = [("grpc.max_receive_message_length", 16 << 20)]
        self.grpc = grpc.server(futures.ThreadPoolExecutor(8), handlers=[Berths()], options=options)
        self.grpc_port = self.grpc.add_insecure_port("127.0.0.1:0")
        self.grpc.start()
        return self

    def __exit__(self, *_):
        self.grpc.stop(0)
        self.sockets.shutdown()
        self.plain.shutdown()

    @property
    def plain_url(self):
        return f"http://127.0.0.1:{self.plain.server_address[1]}"

    @property
    def socket_url(self):
        return f"http://127.0.0.1:{self.sockets.socket.getsockname()[1]}"

    @property
    def grpc_url(self):
        return f"http://127.0.0.1:{self.grpc_port}"
