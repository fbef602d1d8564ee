import { Duration, Effect, Option, Schema, SchemaGetter, SchemaIssue, SchemaTransformation } from "effect"

/** Kinds of value that a person writes in a configuration file, each decoded to the type the code wants. */

const durationUnits: Readonly<Record<string, number>> = {
  ms: 1,
  milli: 1,
  millis: 1,
  millisecond: 1,
  milliseconds: 1,
  s: 1_000,
  sec: 1_000,
  second: 1_000,
  seconds: 1_000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
  w: 604_800_000,
  week: 604_800_000,
  weeks: 604_800_000,
}

const sizeUnits: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40,
}

const measured = (value: string | number, units: Readonly<Record<string, number>>): number | undefined => {
  if (typeof value === "number") return value
  const parts = /^\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*$/.exec(value)
  if (parts === null) return undefined
  const unit = parts[2] === "" ? 1 : units[parts[2]!.toLowerCase()]
  return unit === undefined ? undefined : Number(parts[1]) * unit
}

/** Milliseconds of `1 second`, `250 millis`, `60s`, `7d`, `100` (milliseconds); `undefined` when it is none. */
export const parseDuration = (value: string | number): number | undefined => {
  const millis = measured(value, durationUnits)
  return millis !== undefined && Number.isFinite(millis) && millis >= 0 ? millis : undefined
}

/** Bytes of `64 MiB`, `10 GiB`, `1 MB` (a million), `512` (bytes); `undefined` when it is none. */
export const parseByteSize = (value: string | number): number | undefined => {
  const bytes = measured(value, sizeUnits)
  return bytes !== undefined && Number.isSafeInteger(Math.round(bytes)) && bytes >= 0
    ? Math.round(bytes)
    : undefined
}

const Text = Schema.Union([Schema.String, Schema.Finite])

const durationExpected = 'a duration such as "1 second", "250 millis" or a number of milliseconds'
const sizeExpected = 'a size such as "64 MiB", "10 GiB" or a number of bytes'

/** `1 second`, `250 millis`, `60s` or a number of milliseconds, as a `Duration`. */
export const DurationValue = Text.annotate({ expected: durationExpected }).pipe(
  Schema.decodeTo(
    Schema.Duration,
    SchemaTransformation.transformEffect({
      decode: (value: string | number, options) => {
        const millis = parseDuration(value)
        return millis === undefined
          ? Effect.fail(new SchemaIssue.InvalidValue({ expected: durationExpected }, value, options))
          : Effect.succeed(Duration.millis(millis))
      },
      encode: (duration: Duration.Duration) => Effect.succeed<string | number>(Duration.toMillis(duration)),
    }),
  ),
  Schema.annotate({ configKind: "duration" }),
)

/** `64 MiB`, `10 GiB` or a number, as a number of bytes. */
export const ByteSize = Text.annotate({ expected: sizeExpected }).pipe(
  Schema.decodeTo(
    Schema.Finite,
    SchemaTransformation.transformEffect({
      decode: (value: string | number, options) => {
        const bytes = parseByteSize(value)
        return bytes === undefined
          ? Effect.fail(new SchemaIssue.InvalidValue({ expected: sizeExpected }, value, options))
          : Effect.succeed(bytes)
      },
      encode: (bytes: number) => Effect.succeed<string | number>(bytes),
    }),
  ),
  Schema.annotate({ configKind: "size" }),
)

export const Port = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65_535 })).annotate({
  expected: "a port, 0 to 65535 (0: any free one)",
})

export const PositiveInt = Schema.Int.check(Schema.isGreaterThan(0)).annotate({
  expected: "a whole number above 0",
})

export const NonEmptyText = Schema.String.check(Schema.isNonEmpty()).annotate({
  expected: "a text that is not empty",
})

const urlOf = (text: string): Option.Option<URL> =>
  URL.canParse(text) ? Option.some(new URL(text)) : Option.none()

const isOrigin = (schemes: ReadonlyArray<string>) => (text: string) =>
  Option.exists(
    urlOf(text),
    (parsed) =>
      schemes.includes(parsed.protocol.slice(0, -1)) &&
      parsed.host !== "" &&
      (parsed.pathname === "/" || parsed.pathname === "") &&
      [parsed.search, parsed.hash, parsed.username, parsed.password].every((part) => part === ""),
  )

/** Scheme, host and port; whoever uses it appends the paths. Decoded without a closing slash. */
export const origin = (schemes: ReadonlyArray<string>) => {
  const expected = `an origin such as ${schemes.at(-1)}://host:port, without path, query or credentials`
  return Schema.String.check(Schema.makeFilter(isOrigin(schemes), { expected })).pipe(
    Schema.decodeTo(Schema.String.annotate({ expected }), {
      decode: SchemaGetter.transform((text: string) => text.replace(/\/$/, "")),
      encode: SchemaGetter.passthrough(),
    }),
  )
}

/** A whole URL of one of these schemes, without credentials. */
export const url = (schemes: ReadonlyArray<string>) =>
  Schema.String.check(
    Schema.makeFilter(
      (text: string) =>
        Option.exists(
          urlOf(text),
          (parsed) =>
            schemes.includes(parsed.protocol.slice(0, -1)) &&
            parsed.username === "" &&
            parsed.password === "",
        ),
      {
        expected: `a URL that begins with ${schemes.map((each) => `${each}://`).join(" or ")}, without credentials`,
      },
    ),
  )

/**
 * A value that must never be seen: in a file `{ env: NAME }` or `{ file: PATH }`, in the code a `Redacted` text,
 * which prints as `<redacted>`. The loader looks the reference up before it decodes; an embedding application may
 * give a `Redacted` itself. `plain` says which plain text is no secret after all and may stand in a file.
 */
export const secret = (expected: string, plain?: (text: string) => boolean) =>
  Schema.Redacted(Schema.String).annotate({ configKind: "secret", configPlain: plain, expected })

export const Secret = secret("a secret: { env: NAME } or { file: PATH }")

/** A proxy's URL; with a name and password in it, it is a secret. */
export const ProxyUrl = secret(
  "http://host:port or socks5://host:port; with credentials in it { env: NAME } or { file: PATH }",
  (text) => Option.exists(urlOf(text), (parsed) => parsed.username === "" && parsed.password === ""),
)
