import type { DoorAnswer } from "../../../services/TaskDoor.ts"
import { joined, type Language, messages, type Words } from "./Words.ts"

/** Why an event is not done. It goes out as `{ success: false, message, error }`. */
export interface Refusal {
  readonly message: Words
  readonly error: Words
  /** Of HTTP. An event that was understood is answered with 200, whatever the answer is. */
  readonly status: number
}

export const refusal = (message: Words, error: Words, status = 200): Refusal => ({ message, error, status })

/** The fields of an event that are wrong, all of them. */
export const invalid = (problems: ReadonlyArray<Words>): Refusal =>
  refusal(messages.invalid, joined(problems))

export const refused = ({ error, message, status }: Refusal, language: Language): DoorAnswer => ({
  status,
  body: { success: false, message: message[language], error: error[language] },
})
