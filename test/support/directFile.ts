import { Effect } from "effect"
import { type DirectFile, type OpenDirect, openDirect } from "../../layers/support/DirectFile.ts"

/** Bytes that tell where in a file they belong. */
export const numbered = (bytes: Buffer, from = 0): Buffer => {
  for (let index = 0; index < bytes.length; index++)
    bytes[index] = (from + index) * 31 + ((from + index) >> 8)
  return bytes
}

/** Opens as the product does, and tells of each write that was taken; `answer` may be another file, or none. */
export const countingDirect =
  (
    onTaken: (bytes: number) => void,
    answer: (file: DirectFile) => DirectFile | undefined = (file) => file,
  ): OpenDirect =>
  (path) =>
    Effect.map(
      openDirect(path),
      (file) =>
        file &&
        answer({
          ...file,
          write: (bytes, position) =>
            Effect.tap(file.write(bytes, position), (taken) =>
              Effect.sync(() => {
                if (taken) onTaken(bytes.length)
              }),
            ),
        }),
    )
