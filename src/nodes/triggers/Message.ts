import type { Draft } from "../Dispatch.ts"

const decoder = new TextDecoder("utf-8", { fatal: true })

/** What came from outside, parsed where it is JSON, its bytes where it is not. */
export const messageOf = (bytes: Uint8Array): Pick<Draft, "message" | "raw"> => {
  try {
    return { message: JSON.parse(decoder.decode(bytes)) as unknown }
  } catch {
    return { raw: bytes }
  }
}
