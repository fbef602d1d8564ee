import WebSocket from "ws"
import { answer, usage } from "./answer.ts"
import { bareObject, guardedObject } from "../support/bareObject.ts"

/**
 * The least that a client can be: `ws` without compression, JSON.parse, one object a message, batches to nobody.
 * `node bare.ts URL REST guarded|plain`
 */
const [url, rest, how] = process.argv.slice(2) as [string, string, string]
const read = how === "guarded" ? guardedObject : bareObject
const batchSize = 512

let messages = 0
let batch: Array<object> = []

/** The consumer that does nothing, and that the compiler cannot see through. */
const consumed = { batches: 0, last: undefined as object | undefined }
const consume = (objects: ReadonlyArray<object>): void => {
  consumed.batches++
  consumed.last = objects.at(-1)
}

const socket = new WebSocket(`${url}/stream`, { perMessageDeflate: false })
let acknowledged = false
socket.on("message", (frame: Buffer) => {
  if (!acknowledged) {
    acknowledged = true
    void fetch(`${rest}/api/v3/depth?symbol=ETHUSDT&limit=1000`).then((response) => response.text())
    return
  }
  const object = read(frame)
  if (object === undefined) throw new Error(`not understood: ${String(frame).slice(0, 200)}`)
  batch.push(object)
  messages++
  if (batch.length === batchSize) {
    consume(batch)
    batch = []
  }
})
socket.on("open", () => {
  const params = ["ethusdt@trade", "ethusdt@bookTicker", "ethusdt@depth@100ms"]
  socket.send(JSON.stringify({ method: "SUBSCRIBE", params, id: 1 }))
})
socket.on("error", (error) => {
  throw error
})

answer({ usage: () => usage(messages) })
