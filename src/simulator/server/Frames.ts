/** The first byte of an unfragmented frame. */
export const opcodes = { text: "\x81", binary: "\x82", ping: "\x89", pong: "\x8a" } as const

/**
 * A whole unfragmented frame as a latin1 string, header included: a server's frames carry no mask, so the same text
 * serves every subscriber, and a tick's frames leave in one write. A character of the payload is a byte: what this
 * exchange says is ASCII, and other text goes through `bytesOf` first.
 */
export const frameOf = (text: string, opcode: string = opcodes.text): string => {
  const { length } = text
  if (length < 126) return `${opcode}${String.fromCharCode(length)}${text}`
  if (length < 0x1_0000) return `${opcode}\x7e${String.fromCharCode(length >>> 8, length & 255)}${text}`
  const bytes = [24, 16, 8, 0].map((shift) => (length >>> shift) & 255)
  return `${opcode}\x7f\0\0\0\0${String.fromCharCode(...bytes)}${text}`
}

/** A text's UTF-8 bytes, a character each. */
export const bytesOf = (text: string): string => Buffer.from(text, "utf8").toString("latin1")

/** A venue's message as it goes onto the wire. */
export const messageFrame = (binary: ((text: string) => Buffer) | undefined, text: string): string =>
  binary === undefined ? frameOf(text) : frameOf(binary(text).toString("latin1"), opcodes.binary)
