import { Result } from "effect"
import { venueNames } from "../venues/index.ts"
import { type OptionName, readTime } from "./FaultKinds.ts"

/** Fields of a fault that is being read. */
export type Fields = Record<string, number | string>
type Read = Result.Result<Fields, string>

const streamExpected =
  "a stream's name, with * for any text: btcusdt@trade, btcusdt@*, *@depth*, books:BTC-USDT (a slash in a name is written *)"

const readStream = (text: string): Read =>
  /^[\w!*-]*[@*:.][\w@*!.:-]*$/.test(text)
    ? Result.succeed({ stream: text })
    : Result.fail(
        /^\d+(\.\d+)?$/.test(text)
          ? `"${text}" is a time without a unit; write ${text}s or ${text}ms`
          : `"${text}" is neither a time (250ms, 5s, 2m, 1h) nor ${streamExpected}`,
      )

const isCount = (text: string) => /^[1-9]\d{0,8}$/.test(text)

const readTimeTo = (field: string, name: OptionName, text: string): Read => {
  const millis = readTime(text)
  return millis === undefined
    ? Result.fail(`${name}=${text}: write a time with its unit: ${name}=250ms, ${name}=5s, ${name}=2m`)
    : Result.succeed({ [field]: millis })
}

const readCountTo = (field: string, name: OptionName, text: string): Read =>
  isCount(text)
    ? Result.succeed({ [field]: Number(text) })
    : Result.fail(`${name}=${text}: write a whole number above 0`)

/** The field that an option stands for, or what is wrong with its value. */
export const readOption = (name: OptionName, text: string): Read => {
  switch (name) {
    case "at":
    case "age":
    case "for":
      return readTimeTo(`${name}Millis`, name, text)
    case "every":
      if (isCount(text)) return Result.succeed({ every: Number(text) })
      return readTime(text) === undefined
        ? Result.fail(`every=${text}: write a number of messages (every=1000) or a time (every=10s)`)
        : Result.succeed({ everyMillis: readTime(text)! })
    case "times":
    case "connection":
      return readCountTo(name, name, text)
    case "p": {
      const probability = /^(0?\.\d+|0|1|1\.0*|0\.\d*|\d+e-\d+)$/.test(text) ? Number(text) : Number.NaN
      return probability >= 0 && probability <= 1
        ? Result.succeed({ probability })
        : Result.fail(`p=${text}: write a probability between 0 and 1, p=0.01`)
    }
    case "venue":
      return venueNames.includes(text)
        ? Result.succeed({ venue: text })
        : Result.fail(`venue=${text}: write one of ${venueNames.join(", ")}`)
    case "stream":
      return readStream(text)
    case "on":
      return ["handshake", "rest", "all"].includes(text)
        ? Result.succeed({ on: text })
        : Result.fail(`on=${text}: write on=handshake, on=rest or on=all`)
  }
}

/** `@5s`, `@btcusdt@trade`, `@5s@btcusdt@depth@100ms`: a time, then a stream, each if it is there. */
export const readPlace = (text: string): ReadonlyArray<readonly [OptionName, string]> => {
  if (text === "") return []
  const [first = "", ...rest] = text.slice(1).split("@")
  if (readTime(first) === undefined) return [["stream", text.slice(1)]]
  return rest.length === 0
    ? [["at", first]]
    : [
        ["at", first],
        ["stream", rest.join("@")],
      ]
}
