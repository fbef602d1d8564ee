import type { Draft } from "../Dispatch.ts"

const decoder = new TextDecoder("utf-8", { fatal: true })

/** What came from outside, parsed where it is JSON, its bytes where it is not. */
export const messageOf = (bytes: Uint8Array): Pick<Draft, "message" | "text" | "raw"> => {
  try {
    const text = decoder.decode(bytes)
    return { message: JSON.parse(text) as unknown, text }
  } catch {
    return { raw: bytes }
  }
}
