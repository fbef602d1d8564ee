import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3"
import { Effect, Redacted } from "effect"
import { mkdtempSync } from "node:fs"
import { join } from "node:path"
import * as S3 from "../../layers/task-store/S3.ts"
import { TaskStore } from "../../services/TaskStore.ts"
import { absent, addressesOf, runFolder, runScript, up } from "./servers.ts"
import { taskOf } from "./tasks.ts"

const bucket = "millrace-tests"

/** An S3 server for one test file; `stop` it at the end. `undefined` where there is none. */
export const ownS3 = () => {
  const folder = mkdtempSync(join(runFolder(), "s3-"))
  const result = up("s3.sh", folder, (port) => [String(port)])
  if (!result.ok) return absent("S3", result.complaint)
  const { key = "", secret = "", url: endpoint = "" } = addressesOf(result.output)
  const { port } = new URL(endpoint)
  const client = new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: key, secretAccessKey: secret },
  })
  const call = <A>(ask: () => Promise<A>): Effect.Effect<A> => Effect.promise(ask)
  let made: Promise<unknown> | undefined
  let prefixes = 0

  return {
    endpoint,
    key,
    secret,
    bucket,
    /** What reaches a place that nobody has used. */
    place: Effect.map(
      call(() => (made ??= client.send(new CreateBucketCommand({ Bucket: bucket })))),
      () =>
        ({
          bucket,
          prefix: `place-${prefixes++}/tasks`,
          endpoint,
          credentials: { accessKeyId: Redacted.make(key), secretAccessKey: Redacted.make(secret) },
        }) satisfies S3.S3Options,
    ),
    /** The keys below a place, without its prefix. */
    keys: ({ prefix }: { readonly prefix: string }) =>
      Effect.map(
        call(() => client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: `${prefix}/` }))),
        ({ Contents = [] }) => Contents.map(({ Key = "" }) => Key.slice(prefix.length + 1)),
      ),
    get: ({ prefix }: { readonly prefix: string }, name: string) =>
      call(() =>
        client
          .send(new GetObjectCommand({ Bucket: bucket, Key: `${prefix}/${name}` }))
          .then(({ Body }) => Body!.transformToByteArray()),
      ),
    put: ({ prefix }: { readonly prefix: string }, name: string, body: Uint8Array) =>
      call(() => client.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}/${name}`, Body: body }))),
    delete: ({ prefix }: { readonly prefix: string }, name: string) =>
      call(() => client.send(new DeleteObjectCommand({ Bucket: bucket, Key: `${prefix}/${name}` }))),
    down: () => void runScript("s3.sh", ["down", folder]),
    up: () => {
      const { complaint, ok } = runScript("s3.sh", ["up", folder, port])
      if (!ok) throw new Error(complaint)
    },
    stop: () => {
      client.destroy()
      runScript("s3.sh", ["down", folder])
    },
  }
}

export const save = (...names: ReadonlyArray<string>) =>
  Effect.flatMap(TaskStore, (store) => store.save(names.map((id) => taskOf(id))))

export const ids = Effect.flatMap(TaskStore, (store) =>
  Effect.map(store.list(), (tasks) => tasks.map(({ spec }) => spec.id)),
)

/** A process that has a store there for as long as the effect takes; who dies is followed soon. */
export const using = <A, E>(options: S3.S3Options, use: Effect.Effect<A, E, TaskStore>) =>
  Effect.scoped(Effect.provide(use, S3.layer({ leaseMillis: 1500, ...options })))
