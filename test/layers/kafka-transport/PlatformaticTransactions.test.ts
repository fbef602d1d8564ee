import { layer } from "../../../layers/kafka-transport/Platformatic.ts"
import { kafkaTransactionsContract } from "../../contract/KafkaTransactions.ts"
import { sharedKafka } from "../../support/kafka.ts"

const kafka = sharedKafka()

if (kafka !== undefined) kafkaTransactionsContract({ name: "platformatic", layer, kafka })
