import { Effect, Schema, SchemaIssue } from "effect"
import { HttpServerRequest } from "effect/http"
import { HttpApiMiddleware } from "effect/http-api"
import { ExplainsRequests } from "./Api.ts"
import { BadRequest } from "./ApiErrors.ts"
import { Subscription } from "./SubscriptionSchema.ts"

const issues = SchemaIssue.makeFormatterStandardSchemaV1()

const slots = {
  Params: "path",
  Query: "query",
  Payload: "body",
  Headers: "headers",
  Body: "body",
  ResponseHeaders: "headers",
} as const

type Segment = PropertyKey | { readonly key: PropertyKey }

const pathOf = (slot: string, segments: ReadonlyArray<Segment>): string =>
  segments.reduce<string>((path, segment) => {
    const key = typeof segment === "object" ? segment.key : segment
    return typeof key === "number" ? `${path}[${key}]` : `${path}.${String(key)}`
  }, slot)

/** Every problem of a value that a schema refused, with its path below `slot`. */
const badRequest = (slot: string, error: Schema.SchemaError): BadRequest => {
  const problems = issues(error.issue).issues.map((issue) => ({
    path: pathOf(slot, issue.path ?? []),
    expected: issue.message,
  }))
  return new BadRequest({
    error: problems.map(({ path, expected }) => `${path}: ${expected}`).join("; "),
    problems,
  })
}

/** Path and query parameters that do not fit. */
export const explainsRequests = HttpApiMiddleware.layerSchemaErrorTransform(ExplainsRequests, (failure) =>
  failure.kind === "Body" || failure.kind === "ResponseHeaders"
    ? Effect.fail(failure)
    : Effect.fail(badRequest(slots[failure.kind], failure.cause)),
)

const shape = "{ venue, symbols, dataTypes } or a list of these"
const decode = Schema.decodeUnknownEffect(Schema.Array(Subscription), {
  errors: "all",
  onExcessProperty: "error",
})

const notUnderstood = (expected: string): BadRequest =>
  new BadRequest({ error: `body: ${expected}`, problems: [{ path: "body", expected }] })

/** The subscription requests of a body: one, or a list. */
export const subscriptionRequests = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const text = yield* Effect.mapError(request.text, () =>
    notUnderstood(`expected JSON of at most 1 MiB: ${shape}`),
  )
  const body = yield* parseJson(text)
  if (typeof body !== "object" || body === null) return yield* notUnderstood(`expected ${shape}`)
  if (Array.isArray(body)) {
    if (body.length === 0) return yield* notUnderstood("expected at least one request, got an empty list")
    return yield* Effect.mapError(decode(body), (error) => badRequest("body", error))
  }
  return yield* Effect.mapError(decode([body]), (error) => {
    const wrong = badRequest("body", error)
    const unlisted = (words: string): string => words.replaceAll("body[0]", "body")
    return new BadRequest({
      error: unlisted(wrong.error),
      problems: wrong.problems.map(({ path, expected }) => ({ path: unlisted(path), expected })),
    })
  })
})

const parseJson = (text: string): Effect.Effect<unknown, BadRequest> =>
  Effect.try({
    try: () => JSON.parse(text) as unknown,
    catch: (cause) =>
      notUnderstood(`expected JSON, ${shape}: ${cause instanceof Error ? cause.message : "it is none"}`),
  })
