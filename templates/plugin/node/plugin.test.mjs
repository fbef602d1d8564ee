// node --test: the plugin as the node calls it, over HTTP.
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { defaultSymbols, server } from "./plugin.mjs"

let url

before(async () => {
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening))
  url = `http://127.0.0.1:${server.address().port}`
})

after(() => server.close())

const post = (path, body) => fetch(url + path, { method: "POST", body: JSON.stringify(body) })

test("says that it is ready", async () => {
  assert.equal((await fetch(`${url}/health`)).status, 200)
})

test("collects without tasks", async () => {
  const { records, task_results } = await (await post("/on-trigger", { type: "timer", tasks: [] })).json()
  assert.deepEqual(
    records.map(({ native }) => native),
    defaultSymbols,
  )
  assert.deepEqual(task_results, [])
})

test("collects what its tasks say and reports each", async () => {
  const tasks = [
    { task_id: "a", task_params: '{"symbol": "SOL-USD"}', invalid: 0 },
    { task_id: "b", task_params: "no JSON", invalid: 0 },
    { task_id: "c", task_params: "{}", invalid: 1 },
  ]
  const { records, task_results } = await (await post("/on-trigger", { type: "timer", tasks })).json()
  assert.deepEqual(
    records.map(({ native }) => native),
    ["SOL-USD"],
  )
  assert.deepEqual(
    task_results.map(({ status, task_id }) => [task_id, status]),
    [
      ["a", 2],
      ["b", 4],
    ],
  )
})

test("an unknown path is none of its", async () => {
  assert.equal((await post("/else", {})).status, 404)
})
