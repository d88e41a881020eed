"""AWS on loopback, which agrees to everything at once."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ANSWERS = {
    "StartExecution": {
        "executionArn": "arn:aws:states:eu-west-1:123456789012:execution:deployment:x",
        "startDate": 1.0,
    },
    "Query": {"Count": 0, "ScannedCount": 0, "Items": []},
}


class Stub(BaseHTTPRequestHandler):
    """DynamoDB and Step Functions, which agree to everything."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer is one packet: of two, the second waits 40 ms for the first's receipt

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        body = json.dumps(ANSWERS.get(operation, {})).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def serve(port: Any) -> None:
    """Be the stub, in a process of its own: its CPU is not the contestants'."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    port.send(server.server_port)
    server.serve_forever()
