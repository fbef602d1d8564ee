import { Console, Layer } from "effect"

/**
 * A terminal with log lines above and a few lines that are always the last ones. Whoever logs writes through the
 * `Console` given here, so that neither tears the other.
 */
export interface Screen {
  /** Replaces the lines at the foot; none takes them away. */
  readonly show: (lines: ReadonlyArray<string>) => void
  readonly console: Layer.Layer<never>
}

const cutTo = (columns: number, line: string): string =>
  line.length < columns ? line : `${line.slice(0, columns - 2)}…`

/** `write` puts text on the terminal as it is; `columns` is its width now. */
export const makeScreen = (
  write: (text: string) => void,
  columns: () => number,
  inner: Console.Console,
): Screen => {
  let foot: ReadonlyArray<string> = []
  /** Up to the first line of the foot, and everything from there on erased. */
  const erase = () => (foot.length === 0 ? "" : `\u001b[${foot.length}A\r\u001b[J`)
  const draw = () => foot.map((line) => `${cutTo(columns(), line)}\n`).join("")
  const error = (...words: ReadonlyArray<unknown>) => write(`${erase()}${words.join(" ")}\n${draw()}`)
  return {
    show: (lines) => {
      const before = erase()
      foot = lines
      write(before + draw())
    },
    console: Layer.succeed(Console.Console, { ...inner, error }),
  }
}
