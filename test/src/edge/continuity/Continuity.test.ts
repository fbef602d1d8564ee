import { assert, describe, it } from "@effect/vitest"
import { Clock, Context, Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import * as Memory from "../../../../layers/continuity-history/Memory.ts"
import { ContinuityHistory, ContinuityHistoryError } from "../../../../services/ContinuityHistory.ts"
import { MillraceApi } from "../../../../src/edge/Api.ts"
import { makeCollection } from "../../../support/collectionInMemory.ts"
import { btc, count, eth, gapOf, limits, minute, nameOf } from "../../../support/continuity.ts"
import { ask, makeTap, observability, startEdge } from "../../../support/edge.ts"

const bbo = nameOf("BTC-USDT", "bbo")
const strange = nameOf("<script>alert(1)</script>&'\"")

/** Half an hour of three streams, of which one lost ten trades and got six again, and one was away for three minutes. */
const setUp = Effect.gen(function* () {
  const collection = makeCollection(["binance"])
  const services = yield* Layer.build(Layer.mergeAll(collection.layer, makeTap().layer, observability))
  const history = Context.get(yield* Layer.build(Memory.layer(limits)), ContinuityHistory)
  const now = Math.floor((yield* Clock.currentTimeMillis) / minute) * minute
  const begin = now - 30 * minute
  const counts = [btc, eth, bbo, strange].flatMap((stream) =>
    Array.from({ length: 30 }, (_, index) => count(stream, begin + index * minute, stream === btc ? 30 : 1)),
  )
  const pending = gapOf(btc, 5001, begin + 5 * minute)
  yield* history.write({
    number: 1,
    counts,
    gaps: [
      pending,
      {
        ...pending,
        revision: 2,
        at: pending.at + 900,
        repair: "partial",
        repairedBy: "rest",
        repaired: 6,
        left: 4,
      },
      gapOf(bbo, 1, begin + 10 * minute, {
        from: { timestamp: begin + 10 * minute },
        to: { timestamp: begin + 13 * minute },
        cause: "disconnect",
        repair: "none",
        missing: undefined,
        left: undefined,
      }),
    ],
  })
  yield* collection.remember(history)
  const edge = yield* Effect.provideContext(startEdge("api"), services)
  return { url: yield* edge.url, begin, now, collection }
})

/** The cells of a page's rows, without their markup. */
const rowsOf = (text: string): ReadonlyArray<ReadonlyArray<string>> =>
  [...text.matchAll(/<tr>\s*<th scope="row">(.*?)<\/tr>/gs)].map(([, row]) =>
    row!.split(/<t[dh][^>]*>/).map((cell) =>
      cell
        .replace(/<svg.*<\/svg>/s, "")
        .replace(/<[^>]+>/g, "")
        .trim(),
    ),
  )

describe("the API's continuity", () => {
  it.live("says what came and what is missing of each stream, with its gaps", () =>
    Effect.gen(function* () {
      const { begin, url } = yield* setUp
      const answer = yield* ask(`${url}/api/v1/continuity?symbol=BTC/USDT`)
      assert.strictEqual(answer.status, 200, answer.text)
      const { gaps, step, streams } = answer.json()
      assert.strictEqual(step, minute)
      assert.deepStrictEqual(
        streams.map(({ repairedSteps, timeline, ...stream }: Record<string, unknown>) => {
          assert.isTrue(Array.isArray(repairedSteps) && Array.isArray(timeline))
          return stream
        }),
        [
          {
            ...bbo,
            received: 30,
            duplicates: 0,
            repaired: 0,
            missing: 0,
            missingMillis: 3 * minute,
            completeness: 90,
            gaps: 1,
            openGaps: 1,
          },
          {
            ...btc,
            received: 900,
            duplicates: 0,
            repaired: 6,
            missing: 4,
            missingMillis: 0,
            completeness: 99.56,
            gaps: 1,
            openGaps: 1,
          },
        ],
      )
      assert.deepStrictEqual(gaps[1], {
        id: "binance:BTC-USDT:gap:trade:5001",
        stream: btc.key,
        cause: "sequence",
        from: { sequence: 5001, timestamp: begin + 5 * minute },
        to: { sequence: 5010, timestamp: begin + 5 * minute + 1000 },
        missing: 10,
        left: 4,
        repaired: 6,
        repair: "partial",
        repairedBy: "rest",
        revisions: [
          { revision: 1, at: begin + 5 * minute + 0.25, repair: "pending" },
          { revision: 2, at: begin + 5 * minute + 900.25, repair: "partial" },
        ],
      })
    }),
  )

  it.live("is in the typed client and in the description", () =>
    Effect.gen(function* () {
      const { url } = yield* setUp
      const client = yield* HttpApiClient.make(MillraceApi, { baseUrl: url }).pipe(
        Effect.provide(FetchHttpClient.layer),
      )
      const view = yield* client.continuity({ query: { window: "1 hour", dataType: "bbo" } })
      assert.deepStrictEqual(
        view.streams.map(({ key }) => key),
        [bbo.key],
      )
      const described = (yield* ask(`${url}/openapi.json`)).json().paths["/api/v1/continuity"].get
      assert.deepStrictEqual(Object.keys(described.responses).sort(), ["200", "400", "503"])
      assert.strictEqual(described.parameters.length, 7)
    }),
  )

  it.live("refuses what it does not understand, and says what is wrong", () =>
    Effect.gen(function* () {
      const { url } = yield* setUp
      for (const [query, path] of [
        ["from=yesterday", "query.from"],
        ["since=5", "query.since"],
        ["dataType=smell", "query.dataType"],
        ["venue=binance&venue=okx", "query.venue"],
      ]) {
        const answer = yield* ask(`${url}/api/v1/continuity?${query}`)
        assert.strictEqual(answer.status, 400, answer.text)
        assert.strictEqual(answer.json().problems[0].path, path)
        assert.include(answer.json().error, path)
      }
    }),
  )

  it.live("says so when the history cannot be read, on the page too", () =>
    Effect.gen(function* () {
      const { collection, url } = yield* setUp
      const error = new ContinuityHistoryError({
        path: "data/c.db",
        reason: "damaged",
        detail: "is damaged: move it away",
      })
      yield* collection.remember({ read: () => Effect.fail(error) })
      const answer = yield* ask(`${url}/api/v1/continuity`)
      assert.strictEqual(answer.status, 503)
      assert.strictEqual(answer.json().error, error.message)
      const page = yield* ask(`${url}/continuity`)
      assert.strictEqual(page.status, 503)
      assert.include(page.text, "data/c.db: is damaged: move it away")
    }),
  )
})

describe("the page of continuity", () => {
  it.live("shows the API's numbers, the least complete stream first, and the gaps below", () =>
    Effect.gen(function* () {
      const { url } = yield* setUp
      const page = yield* ask(`${url}/continuity`)
      assert.strictEqual(page.status, 200)
      assert.match(page.headers.get("content-type")!, /^text\/html/)
      const rows = rowsOf(page.text)
      assert.deepStrictEqual(
        rows.map((cells) => cells.slice(0, 6)),
        [
          ["binance BTC-USDT bbo", "90 %", "30", "0", "3 min", "1"],
          ["binance BTC-USDT trade", "99.56 %", "900", "6", "4", "1"],
          [
            "binance &lt;script&gt;alert(1)&lt;/script&gt;&amp;&#39;&quot; trade",
            "100 %",
            "30",
            "0",
            "0",
            "0",
          ],
          ["binance ETH-USDT trade", "100 %", "30", "0", "0", "0"],
          [bbo.key, "disconnect", rows[4]![2]!, "3 min", "", ""],
          [btc.key, "sequence", rows[5]![2]!, "1 s", "5001 to 5010", "10"],
        ],
      )
      assert.deepStrictEqual([rows[4]![7], rows[5]![7]], ["missing for good", "filled in part, by rest"])
      assert.match(page.text, /<b>2<\/b> of <b>4<\/b> streams complete/)
    }),
  )

  it.live("has a line of time for each stream, in the colours of its steps", () =>
    Effect.gen(function* () {
      const { begin, url } = yield* setUp
      const { text } = yield* ask(`${url}/continuity?from=${begin}&to=${begin + 30 * minute}&dataType=bbo`)
      const line = /<td class="line">\s*<svg\s+viewBox="0 0 30 1".*?<\/svg>/s.exec(text)![0]
      assert.deepStrictEqual(
        [...line.matchAll(/<rect\s+class="(\w+)"\s+x="(\d+)"\s+width="(\d+)"/g)].map(([, look, x, width]) => [
          look,
          x,
          width,
        ]),
        [
          ["whole", "0", "10"],
          ["lost", "10", "3"],
          ["whole", "13", "17"],
        ],
      )
      assert.match(line, /<title>\d{4}-\d\d-\d\d \d\d:\d\d to \d{4}-\d\d-\d\d \d\d:\d\d: 0 %<\/title>/)
    }),
  )

  it.live("is complete in itself: no script, nothing from elsewhere", () =>
    Effect.gen(function* () {
      const { url } = yield* setUp
      const page = yield* ask(`${url}/continuity`)
      assert.notMatch(page.text, /<script/)
      assert.notMatch(page.text, /(src|href)="(https?:)?\/\//)
      assert.match(page.headers.get("content-security-policy")!, /default-src 'none'/)
    }),
  )

  it.live("lets one choose the window, and keeps what was chosen", () =>
    Effect.gen(function* () {
      const { begin, url } = yield* setUp
      const { text } = yield* ask(`${url}/continuity?window=6h&symbol=ETH-USDT&venue=&from=&to=`)
      assert.include(text, "<b>6 hours</b>")
      assert.include(text, 'href="?window=7d&amp;symbol=ETH-USDT"')
      assert.include(text, 'value="ETH-USDT"')
      assert.strictEqual(rowsOf(text).length, 1)
      assert.include(text, 'http-equiv="refresh"')
      // A begin that was filled in counts, not the window that was shown before; what is over does not change.
      const past = yield* ask(`${url}/continuity?window=6h&from=${begin}&to=${begin + minute}`)
      assert.strictEqual(past.status, 200)
      assert.notInclude(past.text, 'http-equiv="refresh"')
    }),
  )

  it.live("says what is wrong with a question, with the question still there", () =>
    Effect.gen(function* () {
      const { url } = yield* setUp
      const page = yield* ask(`${url}/continuity?from=%3Cyesterday%3E`)
      assert.strictEqual(page.status, 400)
      assert.include(page.text, "query.from: a time")
      assert.include(page.text, 'value="&lt;yesterday&gt;"')
    }),
  )
})
