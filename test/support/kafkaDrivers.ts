import type { Layer } from "effect"
import { layer as kafkajs } from "../../layers/kafka-transport/Kafkajs.ts"
import { layer as platformatic } from "../../layers/kafka-transport/Platformatic.ts"
import type { KafkaTransport } from "../../services/KafkaTransport.ts"

/** Every driver that the sink must be the same with. */
export const kafkaDrivers: ReadonlyArray<readonly [name: string, layer: Layer.Layer<KafkaTransport>]> = [
  ["kafkajs", kafkajs],
  ["platformatic", platformatic],
]
