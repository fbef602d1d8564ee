import { layer } from "../../../layers/kafka-transport/Platformatic.ts"
import { kafkaTransportContract } from "../../contract/KafkaTransport.ts"
import { sharedKafka } from "../../support/kafka.ts"

const kafka = sharedKafka()

if (kafka !== undefined) kafkaTransportContract({ name: "platformatic", layer, kafka })
