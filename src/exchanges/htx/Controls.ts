import type { Output } from "../../domain/Decoded.ts"
import { type Fields, mismatch, naturalOf, reject, show } from "../wire/Fields.ts"

/** Digits of a ping, as they stand in it: an answer repeats them. */
const digits = (value: unknown): string | undefined =>
  typeof value === "string" && /^\d{1,20}$/.test(value) ? value : undefined

const errorOf = (message: Fields): string =>
  `${String(message["err-code"]).slice(0, 40)}: ${String(message["err-msg"]).slice(0, 200)}`

/** Answers come by the id of the message, which is ours; an error about something unreadable has none. */
const answer = (id: unknown, error: string | undefined, output: Output): void => {
  const number = naturalOf(id)
  if (number !== undefined)
    output.controls.push({ kind: "ack", id: number, ...(error === undefined ? {} : { error }) })
  else if (error !== undefined) output.controls.push({ kind: "failed", error })
  else reject(output, "bad_field", mismatch("id", "the id of a message of ours", id))
}

/** `{"op":"sub","cid":"1","topic":"public.btc-usd.funding_rate","ts":…,"err-code":0}`: the notification endpoints. */
const readOperation = (message: Fields, output: Output): void => {
  const { op, cid, ts } = message
  switch (op) {
    case "ping": {
      const sent = digits(ts)
      if (sent === undefined) return reject(output, "bad_field", mismatch("ts", "the digits of a ping", ts))
      output.controls.push({ kind: "reply", text: `{"op":"pong","ts":"${sent}"}` })
      return
    }
    case "sub":
    case "unsub": {
      const code = message["err-code"]
      if (naturalOf(code) === undefined)
        return reject(output, "bad_field", mismatch("err-code", "a number", code))
      return answer(cid, naturalOf(code) === 0 ? undefined : errorOf(message), output)
    }
    case "error":
      output.controls.push({ kind: "failed", error: errorOf(message) })
      return
    case "close":
      output.controls.push({ kind: "shutdown" })
      return
    default:
      return reject(output, "unknown_event", `op: ${show(op)}`)
  }
}

/** `{"ping":1618678073643}`, `{"id":"1","status":"ok","subbed":"market.btcusdt.bbo","ts":…}` and errors. */
export const readControl = (message: Fields, output: Output): void => {
  const { id, op, ping, pong, status, subbed, unsubbed } = message
  if (op !== undefined) return readOperation(message, output)
  if (ping !== undefined) {
    const sent = digits(ping)
    if (sent === undefined) return reject(output, "bad_field", mismatch("ping", "digits", ping))
    output.controls.push({ kind: "reply", text: `{"pong":${sent}}` })
    return
  }
  if (pong !== undefined) {
    output.controls.push({ kind: "pong" })
    return
  }
  if (status === "error") return answer(id, errorOf(message), output)
  if (status === "ok" && (typeof subbed === "string" || typeof unsubbed === "string"))
    return answer(id, undefined, output)
  reject(output, "unknown_event", "no push, no answer, no ping")
}
