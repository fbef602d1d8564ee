import type { Stream } from "../../domain/Stream.ts"
import { carrierOf } from "./StreamNames.ts"

/** Streams that one stream of the venue carries are one subscription. */
export const subscriptionOf = ({ wire }: Stream): string => carrierOf(wire)

const command = (method: string) => (streams: ReadonlyArray<Stream>, id: number) =>
  JSON.stringify({ method, params: [...new Set(streams.map(subscriptionOf))], id })

/** `{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1}`, answered by `{"result":null,"id":1}`. */
export const subscribe = command("SUBSCRIBE")

export const unsubscribe = command("UNSUBSCRIBE")

/**
 * The documents name no length for a subscribe message; clients in the field were cut off beyond 4096 bytes. A
 * hundred of the longest names (`1000000babydogeusdt@depth20@100ms`) stay below that.
 */
export const streamsPerMessage = 100
