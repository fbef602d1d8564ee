import { Array, Cause, Logger, References } from "effect"

/** What one log line says, before it is written as JSON or as text. */
export interface LogLine {
  /** RFC 3339, milliseconds, UTC. */
  readonly time: string
  readonly level: "trace" | "debug" | "info" | "warn" | "error" | "fatal"
  readonly message: string
  /** Annotations and objects that were logged: `venue`, `stream`, `connection`, `actor`, `sink`, … */
  readonly fields: Readonly<Record<string, unknown>>
  /** Name and message of the failure, outermost first. */
  readonly error: string | undefined
  /** Of a defect only: an expected failure needs no stack. */
  readonly stack: string | undefined
}

const levels = {
  Trace: "trace",
  Debug: "debug",
  Info: "info",
  Warn: "warn",
  Error: "error",
  Fatal: "fatal",
} as const

/** Values as JSON can say them; what cannot be said is said as text, never thrown. */
const plain = (value: unknown): unknown => {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value)
  if (value instanceof Error) return describeError(value)
  if (typeof value !== "object") return String(value)
  try {
    const text = JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === "bigint" ? inner.toString() : inner,
    )
    return text === undefined ? String(value) : (JSON.parse(text) as unknown)
  } catch {
    return "(not printable)"
  }
}

const describeError = (error: Error): string =>
  error.name === "Error" || error.message === ""
    ? error.message || error.name
    : `${error.name}: ${error.message}`

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype

const reserved = new Set(["time", "level", "message", "error", "stack"])

/** A logger that makes lines; what writes them maps over it. */
export const lines: Logger.Logger<unknown, LogLine> = Logger.make(
  ({ cause, date, fiber, logLevel, message }) => {
    const fields: Record<string, unknown> = {}
    const put = (entries: Readonly<Record<string, unknown>>): void => {
      for (const [key, value] of Object.entries(entries)) {
        if (value !== undefined) fields[reserved.has(key) ? `_${key}` : key] = plain(value)
      }
    }
    put(fiber.getRef(References.CurrentLogAnnotations))
    const words: Array<string> = []
    for (const part of Array.ensure(message)) {
      if (isRecord(part)) put(part)
      else words.push(String(plain(part)))
    }
    const errors = Cause.prettyErrors(cause)
    return {
      time: date.toISOString(),
      level: levels[logLevel as keyof typeof levels] ?? "info",
      message: words.join(" "),
      fields,
      error: errors.length === 0 ? undefined : errors.map(describeError).join("; "),
      stack: Cause.hasDies(cause) ? errors[0]?.stack : undefined,
    }
  },
)

/** One JSON object, no newline within it. */
export const toJson = ({ time, level, message, fields, error, stack }: LogLine): string =>
  JSON.stringify({ time, level, message, ...fields, error, stack })

const colors = { trace: 90, debug: 90, info: 32, warn: 33, error: 31, fatal: 35 } as const

/** `12:30:01.250 WARN  message  key=value …`, in colour for a terminal. */
export const toText =
  (colored: boolean) =>
  ({ time, level, message, fields, error, stack }: LogLine): string => {
    const paint = (code: number, text: string): string => (colored ? `\u001b[${code}m${text}\u001b[0m` : text)
    const shown = Object.entries(fields)
      .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`)
      .join(" ")
    return [
      paint(90, time.slice(11, 23)),
      paint(colors[level], level.toUpperCase().padEnd(5)),
      oneLine(message),
      shown === "" ? "" : paint(90, oneLine(shown)),
      error === undefined ? "" : paint(31, oneLine(error)),
    ]
      .filter((part) => part !== "")
      .join(" ")
      .concat(stack === undefined ? "" : `\n${stack}`)
  }

// oxlint-disable-next-line no-control-regex -- they are what is looked for
const controls = /[\u0000-\u001f\u007f-\u009f]/g

/** What came over a wire must neither break a line nor steer a terminal. */
const oneLine = (text: string): string =>
  text
    .replace(/\r?\n/g, " ⏎ ")
    .replace(controls, (each) => `\\x${each.charCodeAt(0).toString(16).padStart(2, "0")}`)
