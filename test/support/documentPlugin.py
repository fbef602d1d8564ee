"""
my_plugin.py - a plugin HTTP server, as the framework's guide to Python plugins writes it. The port is an argument here.
"""
import json
import sys
from http.server import HTTPServer, BaseHTTPRequestHandler


class PluginHandler(BaseHTTPRequestHandler):

    def do_GET(self):
        """GET /health"""
        if self.path == "/health":
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps({"status": "ok"}).encode())
        else:
            self.send_response(404)
            self.end_headers()

    def do_POST(self):
        """POST /on-trigger"""
        if self.path != "/on-trigger":
            self.send_response(404)
            self.end_headers()
            return

        content_length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(content_length)
        event = json.loads(body)

        trigger_name = event.get("name", "")
        trigger_type = event.get("type", "")
        metadata     = event.get("metadata", {})

        payload = event.get("payload", {})
        if isinstance(payload, str):
            payload = json.loads(payload)

        tasks = payload.get("tasks", [])
        tasks_md5 = payload.get("tasks_md5", "")

        task_results = []
        if trigger_name == "my-timer":
            task_results = self.handle_timer(tasks)
        elif trigger_name == "my-queue":
            task_results = self.handle_message(event.get("payload"))

        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        response = {"task_results": task_results}
        self.wfile.write(json.dumps(response).encode())

    def handle_timer(self, tasks):
        results = []
        for task in tasks:
            task_id = task.get("task_id", "")
            params = json.loads(task.get("task_params", "{}"))

            try:
                results.append({
                    "task_id": task_id,
                    "status": 2,
                    "result": "",
                })
            except Exception as e:
                results.append({
                    "task_id": task_id,
                    "status": 4,
                    "result": str(e),
                })
        return results

    def handle_message(self, payload):
        return []


if __name__ == "__main__":
    port = int(sys.argv[1])
    server = HTTPServer(("0.0.0.0", port), PluginHandler)
    print("Plugin server running on port %d" % port)
    server.serve_forever()
