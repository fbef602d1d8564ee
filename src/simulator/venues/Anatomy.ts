/** Where a venue's messages can be hurt. */
export interface Anatomy {
  /** Fields and values without which a message says nothing (`g`); the first group is a field's name. */
  readonly needed: RegExp
  /** Names of fields that this message may do without, though others may not. */
  readonly optional?: (text: string) => ReadonlyArray<string>
  /** What names the stream, and what to write in its place; where the frame wraps a payload, another name there. */
  readonly stream?: readonly [RegExp, string]
  /** What names the instrument, and the name of one that there is not. */
  readonly symbol: readonly [RegExp, string]
  /** The digits of a book's checksum, where there is one. */
  readonly checksum?: RegExp
  /** The message of an exchange whose clock is wrong by so many milliseconds: what tells when something happened moves. */
  readonly skewed: (text: string, by: number) => string
}

/** Moves the milliseconds that the first group of a pattern (`g`) has. */
export const millis =
  (pattern: RegExp): Anatomy["skewed"] =>
  (text, by) =>
    text.replace(pattern, (field, digits: string) =>
      field.replace(digits, String(Math.max(0, Math.round(Number(digits) + by)))),
    )

/** `"name":value` of these names, a blank between two, and what stands at these places. */
export const needed = (names: string, places: string, value = `"[\\d.]+"`): RegExp =>
  new RegExp(
    `"(${names.replaceAll(" ", "|")})":("[^"\\\\]*"|-?[\\d.]+(?:[eE][+-]?\\d+)?|true|false)|(?<=${places})${value}`,
    "g",
  )

/** A number as it stands in HTX's and Deribit's messages. */
export const bareNumber = "-?[\\d.]+(?:[eE][+-]?\\d+)?"
