"""A WebSocket over HTTP/2 (RFC 8441) by hand: frames of HTTP/2 by the h2 package, frames of WebSocket by wsproto."""

import socket
import ssl

import h2.config
import h2.connection
import h2.events
import h2.settings
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import BytesMessage, CloseConnection, Message, TextMessage


class SocketOverH2:
    """One WebSocket on a connection of its own."""

    def __init__(self, demo, url, headers):
        host, port = url.removeprefix("https://").split(":")
        context = ssl.create_default_context(cafile=demo.ready["ca_file"])
        context.set_alpn_protocols(["h2"])
        self.wire = context.wrap_socket(socket.create_connection(("127.0.0.1", int(port)), timeout=20), server_hostname=host)
        self.http = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        self.http.initiate_connection()
        self._flush()
        self.events, self.messages, self.status, self.ended = [], [], None, False
        self._until(lambda: self.http.remote_settings.get(h2.settings.SettingCodes.ENABLE_CONNECT_PROTOCOL) == 1)
        self.stream = self.http.get_next_available_stream_id()
        pseudo = [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"), (":path", "/"), (":authority", f"{host}:{port}")]
        self.http.send_headers(self.stream, [*pseudo, ("sec-websocket-version", "13"), *headers])
        self._flush()
        self._until(lambda: self.status is not None)
        self.socket = Connection(ConnectionType.CLIENT)

    def _flush(self):
        self.wire.sendall(self.http.data_to_send())

    def _until(self, done):
        while not done():
            read = self.wire.recv(65536)
            if not read:
                raise RuntimeError("the connection ended")
            for event in self.http.receive_data(read):
                self._take(event)
            self._flush()

    def _take(self, event):
        if isinstance(event, h2.events.ResponseReceived):
            self.status = int(dict(event.headers)[":status"])
        elif isinstance(event, h2.events.DataReceived):
            self.http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            self.socket.receive_data(event.data)
            self.messages += list(self.socket.events())
        elif isinstance(event, (h2.events.StreamEnded, h2.events.StreamReset)):
            self.ended = True

    def send(self, text):
        self.http.send_data(self.stream, self.socket.send(TextMessage(data=text)))
        self._flush()

    def message(self):
        """The next whole message, or the close code."""
        whole = None
        while True:
            self._until(lambda: self.messages)
            event = self.messages.pop(0)
            if isinstance(event, CloseConnection):
                return event.code
            if isinstance(event, (Message, BytesMessage, TextMessage)):
                whole = event.data if whole is None else whole + event.data
                if event.message_finished:
                    return whole

    def close(self):
        self.wire.close()
