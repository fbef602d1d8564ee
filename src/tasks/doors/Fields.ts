import { parseInstant } from "../../domain/Instant.ts"
import { isKept, isName } from "../../domain/KeptText.ts"
import { type Kind, problems, type Words } from "./Words.ts"

export type Json = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** A field of an event that may be absent: absent, null and empty are one. */
export const fieldOf = (json: Json, name: string): unknown => {
  const value = Object.hasOwn(json, name) ? json[name] : undefined
  return value === null || value === "" ? undefined : value
}

/** Of an id or a symbol. */
const longestName = 256

/**
 * Reads the fields of one object of an event. What is wrong is added to `found`, so that a caller hears of everything
 * at once; the value is then `undefined`, as it is for a field that is absent.
 */
export class Fields {
  readonly json: Json
  readonly prefix: string
  readonly found: Array<Words>

  constructor(json: Json, found: Array<Words>, prefix = "") {
    this.json = json
    this.found = found
    this.prefix = prefix
  }

  private read(name: string): unknown {
    return fieldOf(this.json, name)
  }

  private wrong(name: string, wanted: Kind, value: unknown): undefined {
    this.found.push(problems.wrongKind(this.prefix + name, wanted, value))
    return undefined
  }

  private trimmed(name: string): string | undefined {
    const value = this.read(name)
    if (value === undefined) return undefined
    if (typeof value !== "string") return this.wrong(name, "string", value)
    const trimmed = value.trim()
    return trimmed === "" ? undefined : trimmed
  }

  private required(name: string, value: string | undefined, before: number): string {
    if (value === undefined && this.found.length === before)
      this.found.push(problems.empty(this.prefix + name))
    return value ?? ""
  }

  text(name: string): string | undefined {
    const value = this.trimmed(name)
    if (value !== undefined && !isKept(value)) this.found.push(problems.badText(this.prefix + name, value))
    return value
  }

  requiredText(name: string): string {
    const before = this.found.length
    return this.required(name, this.text(name), before)
  }

  id(name: string, longest = longestName): string {
    const before = this.found.length
    const value = this.required(name, this.trimmed(name), before)
    if (!isName(value, longest)) this.found.push(problems.badName(this.prefix + name, value, longest))
    return value
  }

  /** A list of names. */
  names(name: string): ReadonlyArray<string> | undefined {
    const value = this.read(name)
    if (value === undefined) return undefined
    if (!Array.isArray(value)) return this.wrong(name, "array", value)
    const texts: Array<string> = []
    for (const [index, each] of value.entries()) {
      if (typeof each !== "string") this.wrong(`${name}[${index}]`, "string", each)
      else if (each.trim() === "") this.found.push(problems.empty(`${this.prefix}${name}[${index}]`))
      else if (!isName(each.trim(), longestName))
        this.found.push(problems.badName(`${this.prefix}${name}[${index}]`, each, longestName))
      else texts.push(each.trim())
    }
    return texts
  }

  whole(name: string, least: number, most: number): number | undefined {
    const value = this.read(name)
    if (value === undefined) return undefined
    if (typeof value !== "number" || !Number.isInteger(value)) return this.wrong(name, "wholeNumber", value)
    if (value >= least && value <= most) return value
    this.found.push(problems.outOfRange(this.prefix + name, value, least, most))
    return undefined
  }

  /** Milliseconds since the epoch. */
  time(name: string): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const at = parseInstant(text)
    if (at === undefined) this.found.push(problems.badTime(this.prefix + name, text))
    return at
  }

  object(name: string): Json | undefined {
    const value = this.read(name)
    if (value === undefined || isObject(value)) return value
    return this.wrong(name, "object", value)
  }
}
