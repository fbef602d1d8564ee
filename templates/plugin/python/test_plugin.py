"""python3 -m unittest -v: the plugin as the node calls it, over HTTP."""

import json
import threading
import unittest
import urllib.error
import urllib.request

import plugin


class Plugin(unittest.TestCase):
    def setUp(self):
        self.server = plugin.serve(0)
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()

    def post(self, path, body):
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read())

    def test_says_that_it_is_ready(self):
        with urllib.request.urlopen(self.url + "/health") as answer:
            self.assertEqual(answer.status, 200)

    def test_collects_without_tasks(self):
        answer = self.post("/on-trigger", {"type": "timer", "name": "every-five-seconds", "tasks": []})
        self.assertEqual([record["native"] for record in answer["records"]], plugin.DEFAULT_SYMBOLS)
        self.assertEqual(answer["task_results"], [])

    def test_collects_what_its_tasks_say_and_reports_each(self):
        tasks = [
            {"task_id": "a", "task_params": '{"symbol": "SOL-USD"}', "invalid": 0},
            {"task_id": "b", "task_params": "no JSON", "invalid": 0},
            {"task_id": "c", "task_params": "{}", "invalid": 1},
        ]
        answer = self.post("/on-trigger", {"type": "timer", "name": "every-five-seconds", "tasks": tasks})
        self.assertEqual([record["native"] for record in answer["records"]], ["SOL-USD"])
        self.assertEqual([(each["task_id"], each["status"]) for each in answer["task_results"]], [("a", 2), ("b", 4)])

    def test_an_unknown_path_is_none_of_its(self):
        with self.assertRaises(urllib.error.HTTPError):
            self.post("/else", {})


if __name__ == "__main__":
    unittest.main()
