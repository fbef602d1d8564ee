import { Effect, type Scope } from "effect"
import { createSocket } from "node:dgram"
import { isIPv6 } from "node:net"

/** What a name server says to a name: addresses, that there is none, or nothing at all. */
export type NameAnswer = ReadonlyArray<string> | "unknown" | "refused" | "silent"

export interface NameServer {
  /** `127.0.0.1:5353` */
  readonly address: string
  /** The names that were asked for, with the type of the question (1: IPv4, 28: IPv6). */
  readonly asked: () => ReadonlyArray<readonly [name: string, type: number]>
  readonly says: (answers: Readonly<Record<string, NameAnswer>>) => void
}

const codes = { unknown: 3, refused: 5 } as const

const bytesOf = (address: string): Buffer => {
  if (!isIPv6(address)) return Buffer.from(address.split(".").map(Number))
  const [head = "", tail = ""] = address.split("::")
  const words = (text: string) => text.split(":").filter((each) => each !== "")
  const filled = 8 - words(head).length - words(tail).length
  const all = [...words(head), ...Array.from({ length: filled }, () => "0"), ...words(tail)]
  return Buffer.from(all.flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 255]))
}

const record = (type: number, address: string): Buffer => {
  const data = bytesOf(address)
  const head = Buffer.alloc(12)
  head.writeUInt16BE(0xc00c, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(60, 6)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}

/** A name server on loopback, over UDP, that knows what it is told. */
export const startNameServer = (
  initial: Readonly<Record<string, NameAnswer>>,
): Effect.Effect<NameServer, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<NameServer & { readonly stop: () => void }>((resume) => {
      let answers = initial
      const asked: Array<readonly [string, number]> = []
      const socket = createSocket("udp4")
      socket.on("message", (query, { address, port }) => {
        const labels: Array<string> = []
        let at = 12
        while (query[at] !== 0) {
          labels.push(query.toString("latin1", at + 1, at + 1 + query[at]!))
          at += 1 + query[at]!
        }
        const type = query.readUInt16BE(at + 1)
        const name = labels.join(".").toLowerCase()
        asked.push([name, type])
        const answer = answers[name] ?? "unknown"
        if (answer === "silent") return
        const records =
          typeof answer === "string"
            ? []
            : answer.filter((each) => isIPv6(each) === (type === 28)).map((each) => record(type, each))
        const head = Buffer.alloc(12)
        query.copy(head, 0, 0, 2)
        head.writeUInt16BE(0x8180 | (typeof answer === "string" ? codes[answer] : 0), 2)
        head.writeUInt16BE(1, 4)
        head.writeUInt16BE(records.length, 6)
        socket.send(Buffer.concat([head, query.subarray(12, at + 5), ...records]), port, address)
      })
      socket.bind(0, "127.0.0.1", () =>
        resume(
          Effect.succeed({
            address: `127.0.0.1:${socket.address().port}`,
            asked: () => asked,
            says: (next) => void (answers = next),
            stop: () => socket.close(),
          }),
        ),
      )
    }),
    ({ stop }) => Effect.sync(stop),
  )
