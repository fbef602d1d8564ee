import { kafkaFaults } from "../../contract/KafkaFaults.ts"
import { promised } from "../../support/kafkaFaults.ts"

kafkaFaults({
  name: "the Kafka sink",
  promise: "loses nothing, keeps the order, and doubles nothing that it does not count",
  transactional: false,
  judge: promised,
})
