/**
 * A whole unfragmented text frame as a latin1 string, header included: a server's frames carry no mask, so the same
 * text serves every subscriber, and a tick's frames leave in one write. The payload must be ASCII, which everything
 * that this exchange says is.
 */
export const frameOf = (text: string): string => {
  const { length } = text
  if (length < 126) return `\x81${String.fromCharCode(length)}${text}`
  if (length < 0x1_0000) return `\x81\x7e${String.fromCharCode(length >>> 8, length & 255)}${text}`
  const bytes = [24, 16, 8, 0].map((shift) => (length >>> shift) & 255)
  return `\x81\x7f\0\0\0\0${String.fromCharCode(...bytes)}${text}`
}

export const wrap = (stream: string, text: string): string => `{"stream":"${stream}","data":${text}}`
