"""What a person keeps open through doorward: it notes when it ends."""

import threading
import time

import websocket


class OpenSocket:
    """A WebSocket through doorward that notes when it ends."""

    def __init__(self, demo, visitor, app):
        host = app["url"].split("//")[1].split(":")[0]
        self.socket = websocket.create_connection(
            app["url"].replace("https://", "wss://") + "/ws",
            sslopt={"ca_certs": demo.ready["ca_file"]},
            cookie=f"CF_Authorization={visitor.cookie(host)}",
            timeout=40,
            redirect_limit=0,
        )
        self.socket.send("hello")
        self.first = self.socket.recv()
        self.closed = None
        self.ticks = 0
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self):
        try:
            while self.socket.recv():
                self.ticks += 1
        except (websocket.WebSocketException, OSError):
            pass
        self.closed = time.time()

    def end(self, limit=20):
        self.thread.join(limit)
        return self.closed


class OpenStream:
    """A stream of events through doorward that notes when it ends."""

    def __init__(self, visitor, app):
        self.answer = visitor.session.get(f"{app['url']}/sse", stream=True, timeout=40)
        self.chunks = self.answer.iter_content(chunk_size=None)
        self.first = next(self.chunks)
        self.closed = None
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self):
        try:
            for _ in self.chunks:
                pass
        except Exception:  # noqa: BLE001 - however it ends, it ends
            pass
        self.closed = time.time()

    def end(self, limit=20):
        self.thread.join(limit)
        return self.closed
