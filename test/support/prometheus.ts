/** One sample of a scrape. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Family {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly samples: ReadonlyArray<Sample>
}

const escapes: Readonly<Record<string, string>> = { "\\\\": "\\", '\\"': '"', "\\n": "\n" }

const parseLabels = (text: string, line: string): Readonly<Record<string, string>> => {
  const labels: Record<string, string> = {}
  let rest = text
  while (rest !== "") {
    const match = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(?:,|$)/.exec(rest)
    if (match === null) throw new Error(`labels are not well formed: ${line}`)
    if (match[1]! in labels) throw new Error(`label ${match[1]} twice: ${line}`)
    labels[match[1]!] = match[2]!.replace(/\\[\\"n]/g, (escape) => escapes[escape]!)
    rest = rest.slice(match[0].length)
  }
  return labels
}

const parseValue = (text: string, line: string): number => {
  if (text === "+Inf") return Number.POSITIVE_INFINITY
  const value = Number(text)
  if (text === "" || Number.isNaN(value)) throw new Error(`no value: ${line}`)
  return value
}

const suffixes: Readonly<Record<string, ReadonlyArray<string>>> = {
  counter: [""],
  gauge: [""],
  histogram: ["_bucket", "_sum", "_count"],
}

/** Reads Prometheus' text format as a scraper would, and throws where a scraper would refuse it. */
export const parsePrometheus = (text: string): ReadonlyMap<string, Family> => {
  const families = new Map<string, Family & { readonly samples: Array<Sample> }>()
  const seen = new Set<string>()
  let help: readonly [string, string] | undefined
  let current: (Family & { readonly samples: Array<Sample> }) | undefined
  if (!text.endsWith("\n")) throw new Error("the last line is not ended")
  for (const line of text.slice(0, -1).split("\n")) {
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line)
    if (comment !== null) {
      const [, kind, name, rest] = comment
      if (kind === "HELP") {
        help = [name!, rest!]
      } else {
        if (families.has(name!)) throw new Error(`family ${name} twice`)
        current = { name: name!, type: rest!, help: help?.[0] === name ? help![1] : "", samples: [] }
        families.set(name!, current)
      }
      continue
    }
    const match = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line)
    if (match === null) throw new Error(`no sample: ${line}`)
    const name = match[1]!
    if (current === undefined || !suffixes[current.type]!.some((suffix) => name === current!.name + suffix)) {
      throw new Error(`a sample outside its family: ${line}`)
    }
    const labels = parseLabels(match[2] ?? "", line)
    const key = name + JSON.stringify(Object.entries(labels).toSorted())
    if (seen.has(key)) throw new Error(`a series twice: ${line}`)
    seen.add(key)
    current.samples.push({ name, labels, value: parseValue(match[3]!, line) })
  }
  return families
}
