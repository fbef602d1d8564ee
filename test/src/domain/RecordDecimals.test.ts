import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Arbitrary, type Schema } from "effect"
import { recordNode, type Node } from "../../../scripts/records/Tables.ts"
import { recordTypes } from "../../../src/domain/DataType.ts"
import { Decimal } from "../../../src/domain/Decimal.ts"
import { MarketRecord, parseRecord, type RecordOf } from "../../../src/domain/Record.ts"
import { decimalFields, type DecimalLevel, decimals } from "../../../src/domain/RecordDecimals.ts"
import { payloadOf } from "../../../src/domain/Envelope.ts"
import { testEnvelopes, testStream } from "../../support/envelopes.ts"

const isDecimal = ({ $ref = "", items }: Node): boolean =>
  /\/(Decimal|Quantity)$/.test($ref) || (items?.$ref ?? "").endsWith("/Level")

describe("the decimals of a record", () => {
  for (const type of recordTypes) {
    it(`of type ${type} are the fields that its Schema has as decimals`, () => {
      const data = recordNode(type).properties?.["data"] ?? {}
      const properties = (data.anyOf ?? [data]).flatMap((node) => Object.entries(node.properties ?? {}))
      const names = properties.flatMap(([name, node]) => (isDecimal(node) ? [name] : []))
      assert.deepStrictEqual([...decimalFields[type]], [...new Set(names)] as never)
    })
  }

  it.prop(
    "have every digit of the text",
    [Arbitrary.schema(MarketRecord as Schema.Codec<MarketRecord>)],
    ([record]) => {
      const data = record.data as Readonly<Record<string, unknown>>
      const views = Object.entries(decimals(record))
      for (const [name, value] of views) {
        const pairs: ReadonlyArray<readonly [Decimal, string]> = Array.isArray(value)
          ? (value as ReadonlyArray<DecimalLevel>).flatMap(([price, quantity], index) => {
              const level = (data[name] as ReadonlyArray<readonly [string, string]>)[index]!
              return [[price, level[0]] as const, [quantity, level[1]] as const]
            })
          : [[value as Decimal, String(data[name])]]
        for (const [decimal, text] of pairs) {
          assert.isTrue(Decimal.isDecimal(decimal))
          // Written out with as many places as the text has, it is the text again, but for zeros in front and a sign before zero.
          const places = text.includes(".") ? text.length - text.indexOf(".") - 1 : 0
          const plain = text.replace(/^(-?)0+(?=\d)/, "$1").replace(/^-(?=[0.]*$)/, "")
          assert.strictEqual(decimal.toFixed(places).replace(/^-(?=[0.]*$)/, ""), plain)
        }
      }
      const fields: ReadonlyArray<string> = decimalFields[record.type]
      const present = fields.filter((name) => data[name] !== undefined)
      assert.deepStrictEqual(
        views.map(([name]) => name),
        present,
      )
    },
    { arbitrary: { runs: 300 } },
  )

  it("are typed by the record's type", () => {
    const [envelope] = testEnvelopes([testStream({})], 7, 1)
    const record = parseRecord(payloadOf(envelope!))
    assert.strictEqual(record.type, "trade")
    if (record.type !== "trade") return
    const { price, quantity } = decimals(record)
    expectTypeOf(price).toEqualTypeOf<Decimal>()
    assert.strictEqual(price.times(quantity).toString(), "7")

    const depth = (each: RecordOf<"depth">) => decimals(each).bids
    expectTypeOf(depth).returns.toEqualTypeOf<ReadonlyArray<DecimalLevel>>()
    const ticker = (each: RecordOf<"ticker">) => decimals(each)
    expectTypeOf(ticker).returns.toHaveProperty("bid").toEqualTypeOf<Decimal | undefined>()
    expectTypeOf(ticker).returns.toHaveProperty("last").toEqualTypeOf<Decimal>()
    // @ts-expect-error -- a trade's id is no decimal
    assert.isUndefined(decimals(record).tradeId)
  })

  it("multiply without rounding and print without an exponent", () => {
    const product = new Decimal("12345678901234567.123456789").times("1.000000001")
    assert.strictEqual(product.toString(), "12345678913580246.024691356123456789")
    assert.strictEqual(new Decimal("0.00000001").toString(), "0.00000001")
    assert.strictEqual(new Decimal(`1${"0".repeat(30)}`).toString(), `1${"0".repeat(30)}`)
  })
})
