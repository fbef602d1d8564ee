import { once } from "node:events"
import { createReadStream, readdirSync } from "node:fs"
import { join } from "node:path"
import type { Readable } from "node:stream"

/** Calls back with every whole line, as bytes are read. */
export const eachLine = (stream: Readable, onLine: (line: string) => void): void => {
  let rest = ""
  stream.on("data", (chunk: Buffer) => {
    const text = rest + chunk.toString("latin1")
    let start = 0
    for (;;) {
      const end = text.indexOf("\n", start)
      if (end < 0) break
      onLine(text.slice(start, end))
      start = end + 1
    }
    rest = text.slice(start)
  })
}

/** Every line of every file below a folder, each file in order. */
export const eachLineBelow = async (folder: string, onLine: (line: string) => void): Promise<void> => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".jsonl"),
  )
  for (const name of files.toSorted()) {
    const stream = createReadStream(join(folder, name))
    eachLine(stream, onLine)
    // oxlint-disable-next-line no-await-in-loop -- one file after the other, so that memory stays small
    await once(stream, "close")
  }
}

const field = (line: string, name: string): string => {
  const at = line.indexOf(`"${name}":"`) + name.length + 4
  return line.slice(at, line.indexOf('"', at))
}

/** Counts records, and the places where a symbol's trades or book deltas do not follow each other. */
export class Continuity {
  readonly counts: Record<string, number> = {}
  readonly breaks: Array<string> = []
  private readonly last = new Map<string, number>()

  readonly line = (line: string): void => {
    const type = field(line, "type")
    this.counts[type] = (this.counts[type] ?? 0) + 1
    if (type === "trade") {
      const id = Number(field(line, "tradeId"))
      this.follow(`trade ${field(line, "symbol")}`, id, id)
    } else if (type === "depth" && line.includes('"kind":"delta"')) {
      this.follow(`depth ${field(line, "symbol")}`, Number(field(line, "first")), Number(field(line, "last")))
    }
  }

  get total(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0)
  }

  private follow(stream: string, first: number, last: number): void {
    const before = this.last.get(stream)
    this.last.set(stream, last)
    if (before !== undefined && first !== before + 1) this.breaks.push(`${stream}: ${first} after ${before}`)
  }
}
