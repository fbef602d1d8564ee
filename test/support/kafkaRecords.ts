import type { KafkaRecord } from "../../services/KafkaTransport.ts"
import type { Dice } from "./seed.ts"

/** Texts that a line of Kafka's console consumer can show: no tab, no line break, no comma in a header. */
const letters = [..."abcdefghij0123456789 .:-_{}é币😀"]
const textOf = (dice: Dice, length: number): string =>
  Array.from({ length }, () => dice.pick(letters)).join("")

const recordOf = (dice: Dice, number: number, size: number): KafkaRecord => ({
  key: Buffer.from(`key-${textOf(dice, dice.int(8))}`),
  value: Buffer.from(`${number}|${textOf(dice, size)}`),
  headers: {
    id: `id:${number}:${textOf(dice, dice.int(90))}`,
    receivedAt: "1723161254024.619",
    source: "stream",
    schema: "1",
  },
})

/** Mostly small ones, and one that needs four bytes to say how long it is. */
export const randomRecords = (dice: Dice, count: number, large: boolean): ReadonlyArray<KafkaRecord> =>
  Array.from({ length: count }, (_, number) =>
    recordOf(dice, number, large && number === 3 ? 600_000 : dice.int(400)),
  )

/** For comparing. */
export const plainRecord = ({ key, value, headers }: KafkaRecord) => ({
  key: key.toString(),
  value: value.toString(),
  headers: { ...headers },
})
