import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Stream } from "effect"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import * as JsonLines from "../../../layers/recording/JsonLines.ts"
import * as GzipFiles from "../../../layers/session-recorder/GzipFiles.ts"
import { Recordings } from "../../../services/Recording.ts"
import { SessionRecorder } from "../../../services/SessionRecorder.ts"
import { temporaryFolder } from "../../support/process.ts"

const text = (value: string) => Buffer.from(value)

describe("sessions in files", () => {
  it.live("are read back as they passed: times to the microsecond, texts, and bytes that are none", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const noText = Buffer.from([0x1f, 0x8b, 0xff, 0x00])
      yield* Effect.gen(function* () {
        const { take } = yield* SessionRecorder
        take("okx", { dir: "connect", at: 1_723_161_254_024, url: "wss://venue/ws" })
        take("okx", { dir: "out", at: 1_723_161_254_025, text: '{"op":"subscribe"}' })
        take("okx", {
          dir: "in",
          at: [1_723_161_254_026.619, 1_723_161_254_026.62],
          frames: [text("é"), noText],
        })
        take("okx", { dir: "rest", at: 1_723_161_254_030.5, url: "https://venue/book", body: text("[]") })
      }).pipe(Effect.provide(GzipFiles.layer(folder)))
      const [name] = readdirSync(join(folder, "okx"))
      const lines = yield* Effect.flatMap(Recordings, ({ read }) =>
        Stream.runCollect(read(join(folder, "okx", name!))),
      ).pipe(Effect.provide(JsonLines.layer))
      assert.deepStrictEqual(
        lines.flat().map(({ body, dir, receivedAt, url }) => [dir, receivedAt, url, body.toString("latin1")]),
        [
          ["connect", 1_723_161_254_024, "wss://venue/ws", ""],
          ["out", 1_723_161_254_025, undefined, '{"op":"subscribe"}'],
          ["in", 1_723_161_254_026.619, undefined, text("é").toString("latin1")],
          ["in", 1_723_161_254_026.62, undefined, noText.toString("latin1")],
          ["rest", 1_723_161_254_030.5, "https://venue/book", "[]"],
        ],
      )
    }).pipe(Effect.scoped),
  )

  it.live("take no more than there is room for, say so, and take it once there is", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const services = yield* Layer.build(GzipFiles.layer(folder))
      const { files, room, take } = Context.get(services, SessionRecorder)
      const batch = { dir: "in", at: [0], frames: [Buffer.alloc(4 << 20, "x")] } as const
      let taken = 0
      while (taken < 100 && take("okx", batch)) taken++
      assert.isBelow(taken, 100)
      yield* room
      assert.isTrue(take("okx", batch))
      assert.strictEqual((yield* files)[0]!.lines, taken + 1)
    }).pipe(Effect.scoped),
  )
})
