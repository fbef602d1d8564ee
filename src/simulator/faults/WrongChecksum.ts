import type { Protocol } from "../venues/Protocol.ts"

/** A book's message with a checksum that is not the book's: never the one that was there, and never 0, which says none. */
export const wrongChecksum = (text: string, seed: number, { anatomy }: Pick<Protocol, "anatomy">): string =>
  anatomy.checksum === undefined
    ? text
    : text.replace(anatomy.checksum, (sum) => {
        const other = 1 + (seed & 0x3fff_ffff)
        return String(String(other) === sum ? other + 1 : other)
      })
