import { Duration, Schema } from "effect"
import { optional, required, withDefault } from "../src/domain/ConfigField.ts"
import {
  ByteSize,
  DurationValue,
  NonEmptyText,
  PositiveInt,
  Secret,
  secret,
  url,
} from "../src/domain/ConfigValue.ts"

/** One task of the configuration, in the words of `create_task`. */
const TaskEntry = Schema.Struct({
  task_id: required(NonEmptyText, "Its name in the table."),
  project_id: withDefault(NonEmptyText, "default", "The project that it belongs to."),
  dataset: optional(NonEmptyText, "What it is for; the data type unless given."),
  data_type: required(NonEmptyText, "`kline`, `trade`, `funding`, …"),
  source: required(NonEmptyText, "The venue."),
  symbols: required(Schema.Array(NonEmptyText), "In any of the three spellings."),
  frequency: required(NonEmptyText, "`5m`, `1h`, a cron expression, `once` or `stream`."),
  start_time: optional(NonEmptyText, "RFC 3339: the part of history that it is for."),
  end_time: optional(NonEmptyText, "Not included. Without it the task goes on."),
  config: optional(
    Schema.Record(Schema.String, Schema.Unknown),
    "`batch_size`, `history_days`, `retry`, and what a plugin is to be given.",
  ),
})

const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const keyPrefix = /^[\w!*'()./-]+$/

/** Section `tasks.s3`: where `store: s3` keeps the tasks. */
const TasksS3Config = Schema.Struct({
  bucket: required(
    Schema.String.check(Schema.isPattern(bucketName)).annotate({
      expected: "a bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens",
    }),
    "The bucket, which must be there.",
  ),
  prefix: withDefault(
    Schema.String.check(Schema.isPattern(keyPrefix)).annotate({
      expected: "letters, digits, slashes and !-_.*'()",
    }),
    "millrace/tasks",
    "What its keys begin with. One process at a time keeps its tasks below a prefix.",
  ),
  endpoint: optional(
    url(["http", "https"]),
    "The server, `https://s3.example.com`; Amazon's of the region unless given. It must keep the condition `If-None-Match`.",
  ),
  region: withDefault(NonEmptyText, "us-east-1", "The bucket's region."),
  pathStyle: optional(
    Schema.Boolean,
    "The bucket's name in the path, not in the host's name. Unless given, true where there is an `endpoint`.",
  ),
  accessKeyId: optional(
    secret("the id of an access key: { env: NAME } or { file: PATH }"),
    "With `secretAccessKey`. Without the two: what the machine has, AWS_ACCESS_KEY_ID and its like or a role.",
  ),
  secretAccessKey: optional(Secret, "The access key's secret."),
  sessionToken: optional(Secret, "Of an access key that is for a while."),
  lease: withDefault(
    DurationValue.check(
      Schema.makeFilter((value: Duration.Duration) => Duration.toSeconds(value) >= 3, {
        expected: "3 seconds or more",
      }),
    ),
    "15 seconds",
    "A process of which nothing was heard for so long may be followed by another; it writes a word three times as often.",
  ),
}).check(
  Schema.makeFilter(
    ({ accessKeyId, secretAccessKey, sessionToken }) =>
      (accessKeyId === undefined) === (secretAccessKey === undefined) &&
      (sessionToken === undefined || accessKeyId !== undefined),
    { expected: "`accessKeyId` and `secretAccessKey`, both or neither, and `sessionToken` with them alone" },
  ),
)

/** Section `tasks`: the task table. */
export const TasksConfig = Schema.Struct({
  store: withDefault(
    Schema.Literals(["sqlite", "bleve", "postgres", "s3"]),
    "sqlite",
    "Where tasks are kept: `sqlite` is a file of this machine, `bleve` another name for it, `postgres` a server, `s3` a bucket.",
  ),
  path: optional(
    NonEmptyText,
    "The file of `sqlite`, begun with the first task. Unless given, `tasks.db` beside the journal's folder.",
  ),
  url: optional(
    secret(
      "postgres://user:password@host:5432/database; with a password in it { env: NAME } or { file: PATH }",
      (text) => URL.canParse(text) && new URL(text).password === "",
    ),
    "The server of `postgres` and its database.",
  ),
  s3: optional(TasksS3Config, "The bucket of `s3`."),
  maxSize: withDefault(
    ByteSize.check(Schema.isGreaterThanOrEqualTo(1024 * 1024)).annotate({
      expected: "a size of 1 MiB or more",
    }),
    "1 GiB",
    "What the file of `sqlite` may take, or the tasks of `s3`, which are held in memory: of those 256 MiB at most. Then new tasks are refused.",
  ),
  concurrency: withDefault(
    PositiveInt,
    16,
    "Runs at once, in all. Streams, which do not end, are not counted.",
  ),
  perSource: withDefault(PositiveInt, 4, "Runs at once of one source."),
  retention: withDefault(
    DurationValue,
    "30 days",
    "How long a task is kept that a door made, that has ended and will not run again.",
  ),
  list: withDefault(
    Schema.Array(TaskEntry),
    [],
    "Tasks that are always there. The table's rows of this list are as it says, at each start.",
  ),
}).check(
  Schema.makeFilter((tasks) => tasks.store !== "postgres" || tasks.url !== undefined, {
    expected: "`url` beside `store: postgres`: the server and its database",
  }),
  Schema.makeFilter((tasks) => tasks.store !== "s3" || tasks.s3 !== undefined, {
    expected: "`s3` beside `store: s3`: the bucket",
  }),
)

export type TasksConfig = typeof TasksConfig.Type
