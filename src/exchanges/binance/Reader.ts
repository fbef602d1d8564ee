import type { Output } from "../../domain/Decoded.ts"
import type { Entry } from "./Catalogue.ts"
import type { Fields } from "./Fields.ts"
import type { Channel, ContractChannel, PolledChannel } from "./StreamNames.ts"

/** Checks the parsed `data` of a message field by field and puts a record, a reject or a skip into `output`. */
export type Read = (data: Fields, entry: Entry, receivedAt: number, output: Output) => void

/**
 * Reads the same message from the frame's bytes, where it is written exactly as the exchange writes it: fields in their
 * order, no space, no escape, nothing behind. The frame lies in `output.writer`; `at` is the first byte behind
 * `"data":{`. On any surprise it returns false and has written nothing; `Read` then decides. What it takes, `Read` would
 * have taken, and the record is the same to the byte.
 */
export type Scan = (at: number, entry: Entry, receivedAt: number, output: Output) => boolean

export interface Reader {
  readonly read: Read
  readonly scan?: Scan
}

export type Readers = Readonly<Record<Exclude<Channel, ContractChannel | PolledChannel>, Reader>> &
  Readonly<Partial<Record<ContractChannel, Reader>>>
