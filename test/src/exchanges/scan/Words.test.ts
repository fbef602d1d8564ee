import { describe, expect, it } from "vitest"
import { fourDigits, leadingZeros, othersThanDigits, quotesIn } from "../../../../src/exchanges/scan/Words.ts"

const wordOf = (text: string): number => Buffer.from(text, "latin1").readInt32LE(0)

/** Every byte at every place among digits, others of its kind behind it. */
const words = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).flatMap((byte) =>
  [0, 1, 2, 3].flatMap((place) =>
    ["0000", "9999", '""""', "\u00ff\u00ff\u00ff\u00ff", "\u0000\u0000\u0000\u0000"].map((rest) => ({
      text: "1907".slice(0, place) + byte + rest.slice(place + 1),
    })),
  ),
)

/** The place of the first byte that is found, as a word's flags tell it; 4 where there is none. */
const firstOf = (flags: number): number => (flags === 0 ? 4 : leadingZeros(flags))

const placeOf = (text: string, is: (byte: string) => boolean): number => {
  const place = [...text].findIndex(is)
  return place < 0 ? 4 : place
}

describe("four bytes at once", () => {
  it("say where the first is that is no digit, and where the first quote is", () => {
    const seen = words.map(({ text }) => [
      text,
      firstOf(othersThanDigits(wordOf(text))),
      firstOf(quotesIn(wordOf(text))),
    ])
    expect(seen).toEqual(
      words.map(({ text }) => [
        text,
        placeOf(text, (byte) => !/\d/.test(byte)),
        placeOf(text, (byte) => byte === '"'),
      ]),
    )
  })

  it("are the number that four digits write", () => {
    for (let value = 0; value < 10_000; value++) {
      const text = String(value).padStart(4, "0")
      if (fourDigits(wordOf(text)) !== value) expect(fourDigits(wordOf(text))).toBe(value)
    }
  })
})
