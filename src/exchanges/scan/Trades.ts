import { FixedText } from "../../domain/FixedText.ts"
import type { Frame } from "../../domain/Frame.ts"
import type { RecordWriter } from "../../domain/RecordWriter.ts"
import { noSequence, type Output } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import { aggregateKey, objectEnd, putTrade } from "./Shapes.ts"
import { valueOf } from "./Steps.ts"

/** Where the values of one trade stand. */
export interface TradePlace {
  id: number
  idEnd: number
  price: number
  priceEnd: number
  quantity: number
  quantityEnd: number
  /** The trade's own time. */
  time: number
  timeEnd: number
  /** How many fills it stands for; -1 where the message does not say. */
  count: number
  countEnd: number
  /** The taker did. */
  sold: boolean
}

/** More in one message than any venue sends are for the guards. */
const maxTrades = 256

/** What a trade's record has besides its stream's head and what is copied from the frame. */
const fixedBytes = 512

const empty = (): TradePlace => ({
  id: -1,
  idEnd: -1,
  price: -1,
  priceEnd: -1,
  quantity: -1,
  quantityEnd: -1,
  time: -1,
  timeEnd: -1,
  count: -1,
  countEnd: -1,
  sold: false,
})

const countField = new FixedText(',"count":')

/** The trades of one message: all are found good before the first is written. Their places are used again and again. */
export class Trades {
  private readonly places: Array<TradePlace> = []
  private length = 0

  clear(): void {
    this.length = 0
  }

  /** The place of one more; `undefined` where there are too many. */
  next(): TradePlace | undefined {
    if (this.length === maxTrades) return undefined
    const place = (this.places[this.length] ??= empty())
    place.count = -1
    this.length++
    return place
  }

  /**
   * Writes their records. `event`: where the message's time stands; -1 where each trade's own is meant. `numbered`: the
   * venue numbers them one by one. The frame is laid anew where one record's room is too little.
   */
  write(
    stream: Stream,
    frame: Frame,
    receivedAt: number,
    { records, writer }: Output,
    event: number,
    eventEnd: number,
    numbered: boolean,
  ): void {
    const before = writer.frameEnd
    if (this.length > 1) writer.lay(frame, (this.length - 1) * (stream.headBytes.length + fixedBytes))
    const moved = writer.frameEnd - before
    for (let index = 0; index < this.length; index++) {
      const place = this.places[index]!
      const time = event < 0 ? place.time : event
      const timeEnd = event < 0 ? place.timeEnd : eventEnd
      writeOne(stream, receivedAt, writer, place, moved, time, timeEnd)
      const { view } = writer
      const timestamp = valueOf(view, time + moved, timeEnd + moved)
      const last = numbered ? valueOf(view, place.id + moved, place.idEnd + moved) : noSequence
      const fills = place.count < 0 ? 1 : valueOf(view, place.count + moved, place.countEnd + moved)
      const isMerged = stream.dataType.aggregate === true && fills > 1
      records.push(writer.end(stream, timestamp, isMerged ? last - fills + 1 : last, last, noSequence))
    }
  }
}

const writeOne = (
  stream: Stream,
  receivedAt: number,
  writer: RecordWriter,
  place: TradePlace,
  moved: number,
  time: number,
  timeEnd: number,
): void => {
  const aggregate = stream.dataType.aggregate === true
  const id = place.id + moved
  const idEnd = place.idEnd + moved
  writer.begin(stream)
  if (aggregate) writer.put(aggregateKey)
  writer.copy(id, idEnd)
  writer.eventTime(time + moved, timeEnd + moved, receivedAt)
  putTrade(
    writer,
    place.price + moved,
    place.priceEnd + moved,
    place.quantity + moved,
    place.quantityEnd + moved,
    place.sold,
    id,
    idEnd,
    place.time + moved,
    place.timeEnd + moved,
  )
  if (aggregate && place.count >= 0) {
    writer.put(countField)
    writer.copy(place.count + moved, place.countEnd + moved)
  }
  writer.put(objectEnd)
}
