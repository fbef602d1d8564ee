import { Frame } from "../../src/domain/Frame.ts"

/** A WebSocket's next frame, of which a reader that ran on would take anything for more of the one before. */
const next = Buffer.concat([Buffer.from([0x81, 0x7e, 0x30, 0x30]), Buffer.from(`0"]]}}${"0".repeat(100)}`)])

/** A frame as it stands in what a socket has read: between others. */
export const readFrame = (bytes: Buffer): Frame => {
  const chunk = Buffer.concat([next, bytes, next])
  return new Frame().show(chunk, next.length, next.length + bytes.length)
}
