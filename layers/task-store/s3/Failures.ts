import { TaskStoreError } from "../../../services/TaskStore.ts"

type Advice = readonly [reason: TaskStoreError["reason"], words: string]

const noRoom: Advice = ["full", "the server has no room: make some, or raise the quota"]
const wrongKey: Advice = [
  "io",
  "the server does not know this access key or refuses its secret: set the right ones in `tasks.s3.accessKeyId` and `tasks.s3.secretAccessKey`",
]
const expired: Advice = [
  "io",
  "the session token has expired: bring a new one, or leave out keys and token where the machine has a role",
]
const elsewhere: Advice = ["io", "the bucket is in another region: set it in `tasks.s3.region`"]
const certificate: Advice = [
  "io",
  "the server's certificate is not trusted: set the right `tasks.s3.endpoint`, or NODE_EXTRA_CA_CERTS to its authority",
]
const silent: Advice = ["io", "the server does not answer in time: see that it is up and can be reached"]
const busy: Advice = ["io", "the server is too busy: it is tried again"]

export const unconditional: Advice = [
  "io",
  "the server does not keep the condition If-None-Match, without which two processes would overwrite each other: take a server that does",
]

const advice: Readonly<Record<string, Advice>> = {
  AccessDenied: [
    "io",
    "access is denied: allow this key s3:ListBucket on the bucket, and s3:GetObject, s3:PutObject and s3:DeleteObject below the prefix",
  ],
  NoSuchBucket: ["unreadable", "there is no such bucket: make it, or set another one in `tasks.s3.bucket`"],
  InvalidBucketName: ["unreadable", "no bucket has such a name: set another one in `tasks.s3.bucket`"],
  InvalidAccessKeyId: wrongKey,
  XAdminUserNotFound: wrongKey,
  SignatureDoesNotMatch: wrongKey,
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  InvalidToken: expired,
  CredentialsProviderError: [
    "io",
    "there are no credentials: set `tasks.s3.accessKeyId` and `tasks.s3.secretAccessKey`, or give the machine a role",
  ],
  PermanentRedirect: elsewhere,
  AuthorizationHeaderMalformed: elsewhere,
  IllegalLocationConstraintException: elsewhere,
  RequestTimeTooSkewed: ["io", "this machine's clock is wrong: set it"],
  NotImplemented: unconditional,
  SlowDown: busy,
  ServiceUnavailable: busy,
  QuotaExceeded: noRoom,
  StorageFull: noRoom,
  XMinioStorageFull: noRoom,
  EntityTooLarge: noRoom,
  ECONNREFUSED: ["io", "no server answers: start it, or set another `tasks.s3.endpoint`"],
  ECONNRESET: ["io", "the connection was cut off: see that the server is up and can be reached"],
  ENOTFOUND: ["io", "its host is not known: set another `tasks.s3.endpoint` or `tasks.s3.region`"],
  EAI_AGAIN: ["io", "names cannot be looked up now: see this machine's name servers"],
  ETIMEDOUT: silent,
  TimeoutError: silent,
  CERT_HAS_EXPIRED: certificate,
  DEPTH_ZERO_SELF_SIGNED_CERT: certificate,
  SELF_SIGNED_CERT_IN_CHAIN: certificate,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: certificate,
}

/** The names that an error goes by: S3's own word, the system's, the client's. */
const namesOf = (cause: unknown): ReadonlyArray<string> =>
  typeof cause === "object" && cause !== null
    ? ["Code", "code", "name"].flatMap((key) =>
        key in cause ? [String((cause as Record<string, unknown>)[key])] : [],
      )
    : []

export const isNamed = (cause: unknown, ...names: ReadonlyArray<string>): boolean =>
  namesOf(cause).some((name) => names.includes(name))

/** What went wrong, for a person; `where` is the place without credentials. */
export const failureOf =
  (where: string) =>
  (cause: unknown): TaskStoreError => {
    const said = cause instanceof Error ? cause.message : String(cause)
    const name = namesOf(cause).find((each) => Object.hasOwn(advice, each))
    const [reason, words] = name === undefined ? (["io", "cannot be used"] as const) : advice[name]!
    return new TaskStoreError({ reason, detail: `${where}: ${words} (${said})` })
  }
