import type { Envelope } from "../../../src/domain/Envelope.ts"
import type { RecordType } from "../../../src/domain/DataType.ts"
import type { Stream } from "../../../src/domain/Stream.ts"
import { recordId } from "../../../src/domain/Stream.ts"
import type { Place } from "./Chunk.ts"
import type { Gathering } from "./Gathering.ts"
import { partitionOf } from "./Murmur2.ts"
import { topicName } from "./TopicName.ts"

/** What a record takes beside its key, its id and its payload, at most: lengths, header names, times. */
export const recordOverhead = 96

/** Routes kept at most. */
const maxKnown = 65_536

/** Where the records of one stream go. A stream's gaps are records of another type and have a route of their own. */
export interface Route {
  readonly topic: string
  readonly key: Buffer
  /** Whose rows they are: the header `task`, where there is one. */
  readonly task: string | undefined
  /** The record's id without its key. */
  readonly idPrefix: string
  /** Bytes of a record beside its id's key and its payload. */
  readonly overhead: number
  /** Known once the topic is. */
  place: Place | undefined
  gathering: Gathering | undefined
}

/** Routes by stream. Streams are shared by identity, so a look-up costs no text. */
export class Routes {
  readonly #template: string
  readonly #lanes: ReadonlyArray<Gathering>
  readonly #ofStreams = new Map<Stream, Route>()
  readonly #ofGaps = new Map<Stream, Route>()
  readonly #places = new Map<string, { readonly place: Place; readonly gathering: Gathering }>()

  constructor(template: string, lanes: ReadonlyArray<Gathering>) {
    this.#template = template
    this.#lanes = lanes
  }

  of(envelope: Envelope): Route {
    const routes = envelope.type === "gap" ? this.#ofGaps : this.#ofStreams
    const known = routes.get(envelope.stream)
    if (known !== undefined) return known
    const route = this.#make(envelope.stream, envelope.type)
    routes.set(envelope.stream, route)
    return route
  }

  /** Tasks come and go, and their streams with them: beyond so many, all are made again as they come. Between batches only. */
  trim(): void {
    if (this.#ofStreams.size < maxKnown) return
    this.#ofStreams.clear()
    this.#ofGaps.clear()
  }

  /** Settles the partition of a route whose topic has so many, and its lane: places are dealt to the lanes in turn. */
  place(route: Route, partitions: number): void {
    const partition = partitionOf(route.key, partitions)
    const key = `${partition} ${route.topic}`
    let known = this.#places.get(key)
    if (known === undefined) {
      const gathering = this.#lanes[this.#places.size % this.#lanes.length]!
      known = { place: { topic: route.topic, partition, chunk: undefined, records: [] }, gathering }
      this.#places.set(key, known)
    }
    route.place = known.place
    route.gathering = known.gathering
  }

  #make(stream: Stream, type: RecordType): Route {
    const key = Buffer.from(stream.instrument.symbol)
    const idPrefix = recordId(stream, type, "")
    return {
      topic: topicName(this.#template, type, stream.instrument),
      key,
      idPrefix,
      task: stream.task,
      overhead:
        recordOverhead +
        key.length +
        Buffer.byteLength(idPrefix) +
        (stream.task === undefined ? 0 : Buffer.byteLength(stream.task) + 8),
      place: undefined,
      gathering: undefined,
    }
  }
}
