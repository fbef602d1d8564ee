import { frameOf } from "../server/Frames.ts"
import { protocols } from "../venues/index.ts"
import type { Delivery } from "../server/Interference.ts"
import { type ConnectionFault, isStruckBy, note, type Target } from "./ConnectionFault.ts"
import { argumentDefaults } from "./FaultKinds.ts"
import type { Entry } from "./FaultLog.ts"
import { makeOnset } from "./Onset.ts"

/**
 * Strikes in a moment. What is due after the message at which it strikes does not leave, nor that message where it is
 * `taken`.
 */
const momentary = (
  target: Target,
  strike: (last: Delivery | undefined) => void,
  taken = false,
): ConnectionFault => {
  const onset = makeOnset(target, false)
  return {
    tick: () => {
      if (onset.byTime() !== undefined) strike(undefined)
    },
    deliver: (messages) => {
      const at = messages.findIndex((message) => onset.byMessage(message))
      if (at < 0) return messages
      target.afterwards(() => strike(messages[at]))
      return messages.slice(0, taken ? at : at + 1)
    },
  }
}

/** Begins and, where it says for how long, ends. */
const lasting = (target: Target, begin: () => string, end: () => void): ConnectionFault => {
  const { now, rule } = target
  const onset = makeOnset(target, false)
  let until: number | undefined
  const start = (from: number) => {
    until = from + (rule.fault.forMillis ?? Number.POSITIVE_INFINITY)
    note(target, { messages: 0, detail: begin(), ...(Number.isFinite(until) ? { until } : {}) })
  }
  return {
    tick: () => {
      if (until !== undefined && now() >= until) {
        until = undefined
        end()
      }
      const from = onset.byTime()
      if (from !== undefined) start(from)
    },
    deliver: (messages) => {
      const begins = messages.filter((message) => onset.byMessage(message)).length > 0
      if (begins) target.afterwards(() => start(now()))
      return messages
    },
  }
}

/** Keeps the messages of its streams back, for good or until it ends. */
const stall = (target: Target, fate: "lost" | "late"): ConnectionFault => {
  const { now, rule, victim } = target
  const onset = makeOnset(target, true)
  let until = Number.NEGATIVE_INFINITY
  let entry: Entry | undefined
  let held: Array<Delivery> = []

  const start = (from: number) => {
    until = from + (rule.fault.forMillis ?? Number.POSITIVE_INFINITY)
    entry = note(target, {
      messages: 0,
      detail: `silent; its messages are ${fate}`,
      ...(Number.isFinite(until) ? { until } : {}),
    })
  }
  const look = () => {
    const from = onset.byTime()
    if (from !== undefined) start(from)
  }
  const freed = (): ReadonlyArray<Delivery> => {
    if (held.length === 0 || now() < until) return []
    const due = held
    held = []
    return due
  }
  const withhold = (message: Delivery): boolean => {
    if (now() >= until || !isStruckBy(target, message)) return false
    entry!.messages++
    if (fate === "late") held.push(message)
    return true
  }
  return {
    tick: () => {
      const due = freed()
      if (due.length > 0) victim.send(due)
      look()
    },
    deliver: (messages) => {
      const due = freed()
      look()
      const passed = messages.filter((message) => {
        if (withhold(message)) return false
        if (onset.byMessage(message)) start(now())
        return true
      })
      return due.length > 0 ? [...due, ...passed] : passed
    },
  }
}

/** Says in the venue's words that the connection will be closed, and closes it a while later. */
const shutdown = (target: Target, notice: number): ConnectionFault => {
  const { now, victim } = target
  const closing = protocols.get(victim.venue)?.closing
  let cutAt = Number.POSITIVE_INFINITY
  const announced = momentary(target, () => {
    const at = now()
    const said = closing?.(victim.route, Math.floor(at))
    if (said === undefined) return
    cutAt = at + notice
    victim.send([said])
    note(target, {
      at,
      messages: 0,
      until: cutAt,
      detail: `said ${said.stream}; the cut follows after ${notice} ms`,
    })
  })
  return {
    // The connection goes on until the cut, so nothing that is due is held back.
    deliver: (messages) => {
      announced.deliver!(messages)
      return messages
    },
    tick: () => {
      announced.tick!()
      if (now() >= cutAt) victim.close(1001, "Server shutdown")
    },
  }
}

/** The faults that strike a connection as a whole. */
export const makeWholeFault = (target: Target): ConnectionFault | undefined => {
  const { victim } = target
  const { fault } = target.rule
  switch (fault.kind) {
    case "disconnect": {
      const code = fault.code ?? argumentDefaults.code
      return momentary(target, () => {
        note(target, { messages: 0, detail: `closed with ${code}` })
        victim.close(code, "")
      })
    }
    case "life":
      return momentary(target, () => {
        note(target, { messages: 0, detail: "closed with 1001 at its age" })
        victim.close(1001, "This connection has lived long enough")
      })
    case "reset":
      return momentary(target, () => {
        note(target, { messages: 0, detail: "reset" })
        victim.reset()
      })
    case "torn":
      return momentary(
        target,
        (last) => {
          const stream = last?.stream ?? victim.streams()[0] ?? ""
          const frame = frameOf(`{"stream":"${stream}","data":${last?.text ?? `{"e":"torn"}`}}`)
          note(target, {
            messages: last === undefined ? 0 : 1,
            detail: "half of a frame, then reset",
            ...(last === undefined ? {} : { stream, payload: last.text }),
          })
          victim.send([
            { stream, form: "bytes", madeUp: true, text: frame.slice(0, Math.ceil(frame.length / 2)) },
          ])
          victim.reset()
        },
        true,
      )
    case "shutdown":
      return shutdown(target, fault.noticeMillis ?? argumentDefaults.noticeMillis)
    case "stall":
      return stall(target, fault.messages ?? argumentDefaults.stalled)
    case "half-open":
      return lasting(
        target,
        () => {
          victim.halt()
          return "nothing is read or sent any more; then reset"
        },
        victim.reset,
      )
    case "slow": {
      const rate = fault.bytesPerSecond ?? argumentDefaults.bytesPerSecond
      return lasting(
        target,
        () => {
          victim.throttle(rate)
          return `${rate} bytes a second`
        },
        () => victim.throttle(undefined),
      )
    }
    default:
      return undefined
  }
}
