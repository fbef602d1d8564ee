import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3"
import { Effect, Redacted, type Scope } from "effect"
import { TaskStoreError } from "../../../services/TaskStore.ts"
import { failureOf, isNamed } from "./Failures.ts"

export interface BucketOptions {
  readonly bucket: string
  /** What its keys begin with. `millrace/tasks/` unless given. */
  readonly prefix?: string
  /** `https://s3.example.com`; Amazon's unless given. */
  readonly endpoint?: string
  /** `us-east-1` unless given. */
  readonly region?: string
  /** The bucket in the path, not in the host's name. As most other servers than Amazon's want it, so where there is an `endpoint`. */
  readonly pathStyle?: boolean
  /** Unless given, what the machine has: AWS's variables and files, or its role. */
  readonly credentials?: {
    readonly accessKeyId: Redacted.Redacted
    readonly secretAccessKey: Redacted.Redacted
    readonly sessionToken?: Redacted.Redacted | undefined
  }
}

export interface Listed {
  /** In the order of their keys. */
  readonly objects: ReadonlyArray<{ readonly key: string; readonly modifiedAt: number }>
  /** What the server's clock said: milliseconds, whole seconds. */
  readonly serverTime: number
}

/** Objects below one prefix, by the rest of their keys. */
export interface Bucket {
  /** For a person: `s3://bucket/prefix at endpoint`. */
  readonly where: string
  /** `refused`: there is one already. Where an answer was lost, it may be one's own. */
  readonly create: (key: string, body: Uint8Array) => Effect.Effect<"created" | "refused", TaskStoreError>
  readonly write: (key: string, body: Uint8Array) => Effect.Effect<void, TaskStoreError>
  readonly read: (key: string) => Effect.Effect<Uint8Array | undefined, TaskStoreError>
  readonly list: (folder: string) => Effect.Effect<Listed, TaskStoreError>
  /** Absent ones are no error. */
  readonly remove: (key: string) => Effect.Effect<void, TaskStoreError>
}

const normal = (prefix: string): string => {
  const bare = prefix.replace(/^\/+|\/+$/g, "")
  return bare === "" ? "" : `${bare}/`
}

const clientOf = ({ credentials, endpoint, pathStyle, region }: BucketOptions): S3Client =>
  new S3Client({
    region: region ?? "us-east-1",
    forcePathStyle: pathStyle ?? endpoint !== undefined,
    // Five attempts, their waits drawn at random below 0.1, 0.2, 0.4, 0.8 s: the client's standard.
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 5000, requestTimeout: 15_000, throwOnRequestTimeout: true },
    // What is written carries a checksum of its own, and not every server knows these.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined
      ? {}
      : {
          credentials: {
            accessKeyId: Redacted.value(credentials.accessKeyId),
            secretAccessKey: Redacted.value(credentials.secretAccessKey),
            ...(credentials.sessionToken === undefined
              ? {}
              : { sessionToken: Redacted.value(credentials.sessionToken) }),
          },
        }),
  })

/** The header `Date` of an answer, which the client does not hand on. */
const dateOf = (response: unknown): number | undefined => {
  if (typeof response !== "object" || response === null || !("headers" in response)) return undefined
  const date = (response.headers as Readonly<Record<string, string | undefined>>)["date"]
  return date === undefined ? undefined : Date.parse(date)
}

export const makeBucket = (options: BucketOptions): Effect.Effect<Bucket, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => clientOf(options)),
      (client) => Effect.sync(() => client.destroy()),
    ),
    (client) => {
      const { bucket: Bucket, endpoint, region = "us-east-1" } = options
      const prefix = normal(options.prefix ?? "millrace/tasks")
      const where = `s3://${Bucket}/${prefix} at ${endpoint ?? `Amazon's ${region}`}`
      const failed = failureOf(where)
      let serverTime: number | undefined
      client.middlewareStack.add(
        (next) => (given) =>
          next(given).then((answered) => {
            serverTime = dateOf(answered.response) ?? serverTime
            return answered
          }),
        { step: "deserialize", name: "millraceServerTime" },
      )

      const call = <A>(ask: (abortSignal: AbortSignal) => Promise<A>): Effect.Effect<A, TaskStoreError> =>
        Effect.tryPromise({ try: ask, catch: failed })

      const put = (Key: string, Body: Uint8Array, more: { readonly IfNoneMatch?: "*" } = {}) =>
        new PutObjectCommand({ Bucket, Key: prefix + Key, Body, ...more })

      const page = (folder: string, ContinuationToken: string | undefined) =>
        call((abortSignal) =>
          client.send(new ListObjectsV2Command({ Bucket, Prefix: prefix + folder, ContinuationToken }), {
            abortSignal,
          }),
        )

      return {
        where,
        create: (key, body) =>
          call((abortSignal) =>
            client.send(put(key, body, { IfNoneMatch: "*" }), { abortSignal }).then(
              () => "created" as const,
              // A conflict: somebody else is creating it at this moment.
              (cause: unknown) =>
                isNamed(cause, "PreconditionFailed", "ConditionalRequestConflict")
                  ? ("refused" as const)
                  : Promise.reject(cause),
            ),
          ),
        write: (key, body) =>
          Effect.asVoid(call((abortSignal) => client.send(put(key, body), { abortSignal }))),
        read: (key) =>
          call((abortSignal) =>
            client.send(new GetObjectCommand({ Bucket, Key: prefix + key }), { abortSignal }).then(
              ({ Body }) => Body?.transformToByteArray(),
              (cause: unknown) =>
                isNamed(cause, "NoSuchKey", "NotFound") ? undefined : Promise.reject(cause),
            ),
          ),
        list: Effect.fnUntraced(function* (folder) {
          const objects: Array<Listed["objects"][number]> = []
          let token: string | undefined
          do {
            const { Contents, NextContinuationToken } = yield* page(folder, token)
            for (const { Key, LastModified } of Contents ?? [])
              if (Key !== undefined && LastModified !== undefined)
                objects.push({ key: Key.slice(prefix.length), modifiedAt: LastModified.getTime() })
            token = NextContinuationToken
          } while (token !== undefined)
          if (serverTime === undefined)
            return yield* new TaskStoreError({
              reason: "io",
              detail: `${where}: the server's answers have no date: one that sends it is needed`,
            })
          return { objects, serverTime }
        }),
        remove: (key) =>
          Effect.asVoid(
            call((abortSignal) =>
              client.send(new DeleteObjectCommand({ Bucket, Key: prefix + key }), { abortSignal }),
            ),
          ),
      }
    },
  )
