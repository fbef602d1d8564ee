/**
 * $name$: a plugin of a Millrace node.
 *
 * The node calls POST /on-trigger each time a trigger of config.yaml fires; what is answered under `records` goes
 * through the node's journal to its sinks. Only `collect` is yours to write: everything below it is the protocol.
 */
import { createServer } from "node:http"
import { pathToFileURL } from "node:url"

/** What is collected while no control plane has given this node tasks. */
export const defaultSymbols = ["BTC-USD", "ETH-USD"]

/**
 * The records of one symbol. Throw to fail its task: the message is reported.
 *
 * Numbers are text, times are milliseconds since the epoch; a record's id is made from exchange, symbol, type and
 * timestamp, so the same record handed in twice comes out once.
 */
export const collect = async (symbol, params, now) => [
  {
    type: "index_price",
    exchange: "example",
    market: "index",
    symbol: `${symbol}-INDEX`,
    native: symbol,
    timestamp: now,
    data: { price: `${100 + symbol.length}.${String(Math.floor(now / 1000) % 60).padStart(2, "0")}` },
  },
]

/** One task: its records, and its result. */
const run = async ({ task_id, task_params }, now) => {
  try {
    const params = JSON.parse(task_params || "{}")
    if (typeof params.symbol !== "string") throw new Error("task_params.symbol is missing")
    return { records: await collect(params.symbol, params, now), result: { task_id, status: 2, result: "" } }
  } catch (error) {
    return { records: [], result: { task_id, status: 4, result: String(error) } }
  }
}

/** One event: results of its tasks, and records. */
export const onTrigger = async (event, now = Date.now()) => {
  const tasks = (event.tasks ?? []).filter(({ invalid }) => !invalid)
  if (tasks.length === 0) {
    const records = await Promise.all(defaultSymbols.map((symbol) => collect(symbol, {}, now)))
    return { task_results: [], records: records.flat() }
  }
  const ran = await Promise.all(tasks.map((task) => run(task, now)))
  return { task_results: ran.map(({ result }) => result), records: ran.flatMap(({ records }) => records) }
}

const bodyOf = async (request) => {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString())
}

export const server = createServer(async (request, response) => {
  const answer = (status, body) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))
  try {
    if (request.method === "GET" && request.url === "/health") return answer(200, { status: "ok" })
    if (request.method === "POST" && request.url === "/on-trigger")
      return answer(200, await onTrigger(await bodyOf(request)))
    return answer(404, {})
  } catch (error) {
    return answer(500, { error: String(error) })
  }
})

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  server.listen(Number(process.env.PLUGIN_PORT ?? "$port$"), "127.0.0.1")
