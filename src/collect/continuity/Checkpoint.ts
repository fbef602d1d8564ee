import { Result, Schema, SchemaIssue } from "effect"
import { StreamMark } from "./Mark.ts"

/** Raised whenever an older version could misread what is written. */
export const checkpointVersion = 1

const format = "millrace.continuity"

const Head = Schema.fromJsonString(Schema.Struct({ format: Schema.Literal(format), version: Schema.Int }))
const Body = Schema.fromJsonString(Schema.Struct({ streams: Schema.Array(StreamMark) }))

const decodeHead = Schema.decodeUnknownResult(Head)
const decodeBody = Schema.decodeUnknownResult(Body)
const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

const describe = ({ issue }: Schema.SchemaError): string => {
  const [first] = issuesOf(issue).issues
  const path = (first?.path ?? []).map(String).join(".")
  return `it cannot be read: ${path === "" ? "" : `${path}: `}${first?.message ?? "it is not what it should be"}`
}

/** What is known of every stream, as the journal's checkpoint: JSON, so that a person can read it. */
export const encodeCheckpoint = (streams: ReadonlyArray<StreamMark>): Uint8Array =>
  Buffer.from(JSON.stringify({ format, version: checkpointVersion, streams }))

/** What a checkpoint holds, or why it is of no use, for a person. */
export const decodeCheckpoint = (bytes: Uint8Array): Result.Result<ReadonlyArray<StreamMark>, string> => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8")
  const head = decodeHead(text)
  if (Result.isFailure(head)) return Result.fail(describe(head.failure))
  const { version } = head.success
  if (version !== checkpointVersion)
    return Result.fail(`it is of version ${version}, and this Millrace knows version ${checkpointVersion}`)
  return Result.mapBoth(decodeBody(text), { onSuccess: ({ streams }) => streams, onFailure: describe })
}
