import { jetstream, jetstreamManager, StorageType } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { Effect } from "effect"
import { mkdtempSync } from "node:fs"
import { join } from "node:path"
import { absent, addressesOf, runFolder, runScript, script, up } from "./servers.ts"

/** Why there is no NATS server here; `undefined` where there is one. */
export const natsAbsent: boolean = (() => {
  const { complaint, ok } = runScript("nats.sh", ["fetch"])
  if (!ok) absent("NATS", complaint)
  return !ok
})()

/** A server of the test's own, gone with the scope. */
export const natsServer = Effect.gen(function* () {
  const { folder, url } = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const path = mkdtempSync(join(runFolder(), "nats-"))
      const { complaint, ok, output } = up("nats.sh", path, (port) => [String(port)])
      if (!ok) throw new Error(complaint)
      return { folder: path, url: addressesOf(output)["url"]! }
    }),
    (server) => Effect.asVoid(script("nats.sh", ["down", server.folder])),
  )
  const port = new URL(url).port
  const withConnection = <A>(
    use: (nc: Awaited<ReturnType<typeof connect>>) => Promise<A>,
  ): Effect.Effect<A> =>
    Effect.promise(async () => {
      const connection = await connect({ servers: url })
      try {
        return await use(connection)
      } finally {
        await connection.drain()
      }
    })
  return {
    url,
    down: Effect.asVoid(script("nats.sh", ["down", folder])),
    up: Effect.asVoid(script("nats.sh", ["up", folder, port])),
    addStream: (name: string, subject: string) =>
      withConnection(async (connection) => {
        const manager = await jetstreamManager(connection)
        await manager.streams.add({ name, subjects: [subject], storage: StorageType.File })
      }),
    publish: (subject: string, ...bodies: ReadonlyArray<string>) =>
      withConnection(async (connection) => {
        await bodies.reduce<Promise<unknown>>(
          (before, body) => before.then(() => jetstream(connection).publish(subject, body)),
          Promise.resolve(),
        )
      }),
    consumer: (stream: string, name: string) =>
      withConnection(async (connection) => {
        const manager = await jetstreamManager(connection)
        return manager.consumers.info(stream, name)
      }),
    deleteConsumer: (stream: string, name: string) =>
      withConnection(async (connection) => {
        const manager = await jetstreamManager(connection)
        await manager.consumers.delete(stream, name)
      }),
  }
})
