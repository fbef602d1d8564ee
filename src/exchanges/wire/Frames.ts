import { isAscii, isUtf8 } from "node:buffer"
import { gunzipSync } from "node:zlib"
import type { Output } from "../../domain/Decoded.ts"
import { reject } from "./Fields.ts"

/** The largest text that a venue has any reason to send. */
export const maxTextBytes = 4 * 1024 * 1024

/** The text of a frame; `undefined`, and a reject, where it is too large or no UTF-8. */
export const textOf = (frame: Buffer, output: Output): string | undefined => {
  if (frame.length > maxTextBytes) {
    reject(output, "too_large", `${frame.length} bytes, at most ${maxTextBytes}`)
    return undefined
  }
  if (isAscii(frame)) return frame.toString("latin1")
  if (isUtf8(frame)) return frame.toString("utf8")
  reject(output, "not_json", "bytes that are no UTF-8")
  return undefined
}

/**
 * Room for the whole text and for the byte by which zlib sees that there is no more: with it a small frame takes a third
 * less time than with a chunk of 16 KiB. A frame that lies about its size takes several chunks.
 */
const chunkSizeOf = (frame: Buffer): number =>
  frame.length < 4
    ? leastChunk
    : Math.min(Math.max(frame.readUInt32LE(frame.length - 4) + 1, leastChunk), mostChunk)

/** The least that zlib takes. */
const leastChunk = 64
const mostChunk = 64 * 1024

/**
 * A gzip frame's bytes, decompressed here and nowhere before, so that recordings and dead letters hold what was sent.
 * Never more than `maxTextBytes`, however small the frame. `undefined`, and a reject, where it is none.
 */
export const gunzip = (frame: Buffer, output: Output): Buffer | undefined => {
  if (frame[0] !== 0x1f || frame[1] !== 0x8b) {
    reject(output, "not_json", "no gzip frame")
    return undefined
  }
  try {
    return gunzipSync(frame, { maxOutputLength: maxTextBytes, chunkSize: chunkSizeOf(frame) })
  } catch (error) {
    const large =
      error instanceof RangeError || (error as { readonly code?: unknown }).code === "ERR_BUFFER_TOO_LARGE"
    if (large) reject(output, "too_large", `a gzip frame of more than ${maxTextBytes} bytes`)
    else reject(output, "not_json", `a damaged gzip frame: ${String(error).slice(0, 100)}`)
    return undefined
  }
}
