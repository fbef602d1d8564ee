"""$name$: a plugin of a Millrace node.

The node calls POST /on-trigger each time a trigger of config.yaml fires; what is answered under "records" goes through
the node's journal to its sinks. Only `collect` is yours to write: everything below it is the protocol.
"""

import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# What is collected while no control plane has given this node tasks.
DEFAULT_SYMBOLS = ["BTC-USD", "ETH-USD"]


def collect(symbol, params, now_ms):
    """The records of one symbol. Raise to fail its task: the message is reported.

    Numbers are text, times are milliseconds since the epoch; a record's id is made from exchange, symbol, type and
    timestamp, so the same record handed in twice comes out once.
    """
    price = "%d.%02d" % (100 + len(symbol), now_ms // 1000 % 60)
    return [
        {
            "type": "index_price",
            "exchange": "example",
            "market": "index",
            "symbol": symbol + "-INDEX",
            "native": symbol,
            "timestamp": now_ms,
            "data": {"price": price},
        }
    ]


def on_trigger(event, now_ms=None):
    """One event: results of its tasks, and records."""
    if now_ms is None:
        now_ms = int(time.time() * 1000)
    tasks = [task for task in event.get("tasks") or [] if not task.get("invalid")]
    results, records = [], []
    if not tasks:
        for symbol in DEFAULT_SYMBOLS:
            records += collect(symbol, {}, now_ms)
    for task in tasks:
        try:
            params = json.loads(task.get("task_params") or "{}")
            records += collect(params["symbol"], params, now_ms)
            results.append({"task_id": task["task_id"], "status": 2, "result": ""})
        except Exception as error:
            results.append({"task_id": task["task_id"], "status": 4, "result": repr(error)})
    return {"task_results": results, "records": records}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(200, {"status": "ok"}) if self.path == "/health" else self.answer(404, {})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path != "/on-trigger":
            return self.answer(404, {})
        try:
            self.answer(200, on_trigger(json.loads(body)))
        except Exception as error:
            self.answer(500, {"error": repr(error)})

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


def serve(port):
    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    serve(int(os.environ.get("PLUGIN_PORT", "$port$"))).serve_forever()
