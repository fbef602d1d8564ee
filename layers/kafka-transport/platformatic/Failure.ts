import { KafkaError } from "../../../services/KafkaTransport.ts"
import { describe, reasonOf } from "../ProtocolErrors.ts"

interface Failure {
  readonly message?: string
  readonly code?: string
  /** The protocol's error, by name. */
  readonly apiId?: string
  readonly cause?: unknown
  readonly errors?: ReadonlyArray<unknown>
  /** Where in a response: `/responses/0/…`. */
  readonly path?: string
}

const isFailure = (value: unknown): value is Failure => typeof value === "object" && value !== null

/** The innermost failures: the library collects what all attempts met into one. */
const leaves = (value: unknown): ReadonlyArray<Failure> => {
  if (!isFailure(value)) return [{ message: String(value) }]
  const inner = value.errors ?? []
  if (inner.length > 0) return inner.flatMap(leaves)
  return value.apiId === undefined && isFailure(value.cause) ? leaves(value.cause) : [value]
}

const reasonOfOne = ({ apiId, code }: Failure): KafkaError["reason"] =>
  apiId !== undefined ? reasonOf(apiId) : code === "PLT_KFK_AUTHENTICATION" ? "refused" : "unavailable"

/** What the library's error says, and its reason. */
export const explain = (
  thrown: unknown,
): { readonly reason: KafkaError["reason"]; readonly text: string; readonly apiId: string | undefined } => {
  const all = leaves(thrown).filter(({ apiId }) => apiId !== "TOPIC_ALREADY_EXISTS")
  const last = all[all.length - 1] ?? { message: String(thrown) }
  const worst = all.find((each) => reasonOfOne(each) === "refused") ?? last
  return {
    reason: reasonOfOne(worst),
    text: describe(worst.apiId, worst.message ?? String(worst)),
    apiId: worst.apiId,
  }
}

export const toKafkaError =
  (doing: string) =>
  (thrown: unknown): KafkaError => {
    const { reason, text } = explain(thrown)
    return new KafkaError({ reason, detail: `${doing}: ${text}` })
  }

/** Whether all that went wrong is that topics exist already. */
export const onlyExisting = (thrown: unknown): boolean =>
  leaves(thrown).every(({ apiId }) => apiId === "TOPIC_ALREADY_EXISTS")
