import type { KafkaError } from "../../services/KafkaTransport.ts"

/** Errors of Kafka's protocol by name. What is not here passes by itself: leaders move, brokers start, replicas catch up. */
const reasons: Readonly<Record<string, KafkaError["reason"]>> = {
  OUT_OF_ORDER_SEQUENCE_NUMBER: "identity_lost",
  DUPLICATE_SEQUENCE_NUMBER: "identity_lost",
  UNKNOWN_PRODUCER_ID: "identity_lost",
  INVALID_PRODUCER_EPOCH: "identity_lost",
  INVALID_PRODUCER_ID_MAPPING: "identity_lost",
  PRODUCER_FENCED: "identity_lost",
  MESSAGE_TOO_LARGE: "too_large",
  RECORD_LIST_TOO_LARGE: "too_large",
  UNKNOWN_TOPIC_OR_PARTITION: "unknown_topic",
  UNKNOWN_TOPIC_ID: "unknown_topic",
  TOPIC_AUTHORIZATION_FAILED: "refused",
  CLUSTER_AUTHORIZATION_FAILED: "refused",
  GROUP_AUTHORIZATION_FAILED: "refused",
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: "refused",
  INVALID_TRANSACTION_TIMEOUT: "refused",
  SASL_AUTHENTICATION_FAILED: "refused",
  UNSUPPORTED_SASL_MECHANISM: "refused",
  SECURITY_DISABLED: "refused",
  INVALID_TOPIC_EXCEPTION: "refused",
  INVALID_PARTITIONS: "refused",
  INVALID_REPLICATION_FACTOR: "refused",
  INVALID_CONFIG: "refused",
  POLICY_VIOLATION: "refused",
  INVALID_RECORD: "refused",
  INVALID_TIMESTAMP: "refused",
  INVALID_REQUIRED_ACKS: "refused",
  UNSUPPORTED_VERSION: "refused",
  UNSUPPORTED_FOR_MESSAGE_FORMAT: "refused",
  UNSUPPORTED_COMPRESSION_TYPE: "refused",
  THROTTLING_QUOTA_EXCEEDED: "unavailable",
}

/** What to do about those that need a person. */
const remedies: Readonly<Record<string, string>> = {
  TOPIC_AUTHORIZATION_FAILED: "give this client's user the rights Describe and Write (and Create) on it",
  CLUSTER_AUTHORIZATION_FAILED:
    "give this client's user the right IdempotentWrite on the cluster, and Create if it is to make topics",
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    "give this client's user the rights Describe and Write on it, or set the sink's `transactional: false`",
  INVALID_TRANSACTION_TIMEOUT:
    "raise the brokers' `transaction.max.timeout.ms` to a minute at least, or set the sink's `transactional: false`",
  SASL_AUTHENTICATION_FAILED: "check the sink's `sasl` username and password",
  UNSUPPORTED_SASL_MECHANISM: "set the sink's `sasl.mechanism` to one that the brokers have enabled",
  INVALID_REPLICATION_FACTOR: "set the sink's `replicationFactor` to at most the number of brokers",
  INVALID_PARTITIONS: "set the sink's `partitions` to a number that the cluster allows",
  INVALID_TOPIC_EXCEPTION:
    "change the sink's `topic`: Kafka takes at most 249 of the characters a-z A-Z 0-9 . _ -",
  POLICY_VIOLATION:
    "the cluster's policy forbids it: make the topics by hand and set the sink's `createTopics: false`",
  MESSAGE_TOO_LARGE: "raise the topic's `max.message.bytes`",
  RECORD_LIST_TOO_LARGE: "raise the topic's `max.message.bytes`, or lower its `segment.bytes` no further",
  UNSUPPORTED_COMPRESSION_TYPE: "set the sink's `compression` to one that the brokers know",
}

export const reasonOf = (protocolError: string): KafkaError["reason"] =>
  reasons[protocolError] ?? "unavailable"

/** `NAME: message (remedy)`. */
export const describe = (protocolError: string | undefined, message: string): string => {
  const remedy = protocolError === undefined ? undefined : remedies[protocolError]
  const named =
    protocolError === undefined || message.includes(protocolError) ? message : `${protocolError}: ${message}`
  return remedy === undefined ? named : `${named}; ${remedy}`
}
