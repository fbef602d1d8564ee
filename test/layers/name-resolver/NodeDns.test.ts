import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as NodeDns from "../../../layers/name-resolver/NodeDns.ts"
import { NameResolver } from "../../../services/NameResolver.ts"
import { startNameServer } from "../../support/nameServer.ts"

const ask = (name: string, server: string, timeoutMillis = 30_000) =>
  Effect.flatMap(NameResolver, ({ resolve }) => resolve({ name, server, timeoutMillis })).pipe(
    Effect.provide(NodeDns.layer),
  )

const said = (name: string, server: string, timeoutMillis?: number) =>
  Effect.map(Effect.flip(ask(name, server, timeoutMillis)), ({ message, reason }) => ({ message, reason }))

describe("a name server", () => {
  it.live("gives the addresses of both families; what one of them knows is enough", () =>
    Effect.gen(function* () {
      const server = yield* startNameServer({
        "both.example": ["10.0.0.1", "10.0.0.2", "fd00::1"],
        "six.example": ["fd00::2"],
      })
      assert.deepStrictEqual([...(yield* ask("both.example", server.address))].toSorted(), [
        "10.0.0.1",
        "10.0.0.2",
        "fd00::1",
      ])
      assert.deepStrictEqual(yield* ask("six.example", server.address), ["fd00::2"])
    }).pipe(Effect.scoped),
  )

  it.live("that knows no such name, refuses, or says nothing is named with its reason", () =>
    Effect.gen(function* () {
      const server = yield* startNameServer({ "no.example": "refused", "quiet.example": "silent" })
      assert.deepStrictEqual(yield* said("away.example", server.address), {
        reason: "unknown",
        message: `${server.address} on away.example: it knows no address of that name`,
      })
      assert.strictEqual((yield* said("no.example", server.address)).reason, "refused")
      assert.deepStrictEqual(yield* said("quiet.example", server.address, 300), {
        reason: "unreachable",
        message: `${server.address} on quiet.example: no answer in 300 ms`,
      })
    }).pipe(Effect.scoped),
  )

  it.live("that is no address is refused and harms nothing", () =>
    Effect.gen(function* () {
      const { message, reason } = yield* said("a.example", "not an address")
      assert.strictEqual(reason, "refused")
      assert.include(message, "not an address")
    }),
  )
})
