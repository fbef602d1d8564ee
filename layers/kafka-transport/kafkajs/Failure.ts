import { KafkaError } from "../../../services/KafkaTransport.ts"
import { describe, reasonOf } from "../ProtocolErrors.ts"

interface Failure {
  readonly name?: string
  readonly message?: string
  /** The protocol's error, by name. */
  readonly type?: string
  readonly cause?: unknown
  readonly errors?: ReadonlyArray<Failure>
  /** Of an error about one topic. */
  readonly topic?: string
}

const isFailure = (value: unknown): value is Failure => typeof value === "object" && value !== null

/** kafkajs wraps what happened in what it did about it ("number of retries exceeded"). */
const rootOf = (failure: Failure): Failure =>
  failure.type === undefined && failure.errors === undefined && isFailure(failure.cause)
    ? rootOf(failure.cause)
    : failure

const isSignIn = ({ name }: Failure): boolean => name === "KafkaJSSASLAuthenticationError"

const describeOne = (failure: Failure): string => {
  const type = isSignIn(failure) ? "SASL_AUTHENTICATION_FAILED" : failure.type
  const text = describe(type, failure.message ?? String(failure))
  return failure.topic === undefined ? text : `topic ${failure.topic}: ${text}`
}

const reasonOfOne = (failure: Failure): KafkaError["reason"] =>
  isSignIn(failure) ? "refused" : failure.type === undefined ? "unavailable" : reasonOf(failure.type)

/** What kafkajs threw, in our words; `doing` says at what. */
export const toKafkaError =
  (doing: string) =>
  (thrown: unknown): KafkaError => {
    const root = isFailure(thrown) ? rootOf(thrown) : { message: String(thrown) }
    const failures = (root.errors ?? [root]).filter(({ type }) => type !== "TOPIC_ALREADY_EXISTS")
    const worst = failures.find((each) => reasonOfOne(each) === "refused") ?? failures[0] ?? root
    const more = failures.length > 1 ? ` (and ${failures.length - 1} more)` : ""
    return new KafkaError({ reason: reasonOfOne(worst), detail: `${doing}: ${describeOne(worst)}${more}` })
  }
