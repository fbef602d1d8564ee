import { Effect, type Scope } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

/** A line as a log service has read it. */
export interface KeptLine {
  readonly time: number
  readonly fields: Readonly<Record<string, string>>
}

export interface Upload {
  readonly path: string
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  readonly source: string
  readonly lines: ReadonlyArray<KeptLine>
}

type Field = readonly [number: number, value: number | Buffer]

/** The fields of a message in Protocol Buffers' wire format, as they come. */
const fieldsOf = (bytes: Buffer): ReadonlyArray<Field> => {
  const fields: Array<Field> = []
  let at = 0
  const varint = (): number => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return Number(value)
    }
  }
  while (at < bytes.length) {
    const key = varint()
    if (key % 8 === 0) fields.push([key >> 3, varint()])
    else if (key % 8 === 2) {
      const length = varint()
      fields.push([key >> 3, bytes.subarray(at, (at += length))])
    } else throw new Error(`field ${key >> 3} has wire type ${key % 8}`)
  }
  return fields
}

const messages = (bytes: Buffer, field: number): ReadonlyArray<Buffer> =>
  fieldsOf(bytes).flatMap(([number, value]) => (number === field && Buffer.isBuffer(value) ? [value] : []))

const text = (bytes: Buffer, field: number): string => messages(bytes, field)[0]?.toString("utf8") ?? ""

export const readLogGroupList = (bytes: Buffer): Pick<Upload, "lines" | "source"> => {
  const [group, ...more] = messages(bytes, 1)
  if (group === undefined || more.length > 0) throw new Error(`${more.length + 1} groups`)
  return {
    source: text(group, 4),
    lines: messages(group, 1).map((log) => ({
      time: fieldsOf(log).find(([number]) => number === 1)![1] as number,
      fields: Object.fromEntries(messages(log, 2).map((content) => [text(content, 1), text(content, 2)])),
    })),
  }
}

export interface LogServiceStub {
  readonly origin: string
  readonly uploads: () => ReadonlyArray<Upload>
  readonly lines: () => ReadonlyArray<KeptLine>
  /** What the next uploads are answered with; 200 where there is no more. */
  readonly answers: (...answers: ReadonlyArray<readonly [status: number, body: string]>) => void
}

/** A log service that keeps what it is sent. */
export const startLogService: Effect.Effect<LogServiceStub, never, Scope.Scope> = Effect.acquireRelease(
  Effect.callback<LogServiceStub & { readonly stop: () => void }>((resume) => {
    const uploads: Array<Upload> = []
    let scripted: Array<readonly [number, string]> = []
    const server = createServer((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        const upload = readLogGroupList(Buffer.concat(chunks))
        uploads.push({ path: request.url ?? "", headers: request.headers, ...upload })
        const [status, body] = scripted.shift() ?? [200, ""]
        response.writeHead(status).end(body)
      })
    })
    server.listen(0, "127.0.0.1", () =>
      resume(
        Effect.succeed({
          origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
          uploads: () => uploads,
          lines: () => uploads.flatMap(({ lines }) => lines),
          answers: (...answers) => void (scripted = [...answers]),
          stop: () => {
            server.close()
            server.closeAllConnections()
          },
        }),
      ),
    )
  }),
  ({ stop }) => Effect.sync(stop),
)
