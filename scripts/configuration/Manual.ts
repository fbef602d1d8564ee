import { readFileSync } from "node:fs"
import { nodeSections } from "../../services/NodeConfig.ts"
import { legacySections } from "../../src/config/Legacy.ts"
import { Sections } from "../../src/config/Sections.ts"
import { makeShape, structFor } from "../../src/config/Shape.ts"
import { venues } from "../../src/exchanges/index.ts"
import { jsonSchemaText } from "./JsonSchema.ts"
import { sectionText } from "./Tables.ts"
import { venueTable } from "./VenueTable.ts"

const shape = makeShape(Sections)

const sections = [...(structFor(shape, {})?.fields ?? [])]

const among = (names: ReadonlyArray<string>): string =>
  sections.flatMap(([name, field]) => (names.includes(name) ? [sectionText(name, field)] : [])).join("\n")

const node = Object.keys(nodeSections)
const legacy = Object.keys(legacySections)
const own = sections.map(([name]) => name).filter((name) => !node.includes(name) && !legacy.includes(name))

const offers = [...venues]
  .map(
    ([name, make]) =>
      `- \`${name}\`: ${make()
        .offers.map((word) => `\`${word}\``)
        .join(", ")}`,
  )
  .join("\n")

const intro = `# Configuration

Written from the schemas by \`node scripts/configuration/write.ts\`; a test fails when it is stale. [config/schema.json](../config/schema.json) says the same to an editor.

- Files are YAML, or JSON by the name \`.json\`. \`--config\` may be given again: later files win, key by key; a list replaces a list, and \`null\` takes back what an earlier file said. Without \`--config\` the default configuration is used, [config/default.yaml](../config/default.yaml), which is never mixed with others.
- The environment wins over files. Any key \`a.b.c\` is \`MILLRACE_A__B__C\`: two underscores between segments, which match without case, \`_\` or \`-\` (\`MILLRACE_EXCHANGES__BINANCE_USDM__WS_ENDPOINT\`). Lists and objects are JSON (\`MILLRACE_EXCHANGES__BINANCE__SYMBOLS='["BTC-USDT"]'\`). One entry of a list goes by its name or number (\`MILLRACE_SINKS__KAFKA__BROKERS\`, \`MILLRACE_SINKS__0__PATH\`). A name that means nothing is a warning.
- A duration is a text such as \`1 second\`, \`250 millis\`, \`60s\`, or a number of milliseconds. A size is a text such as \`64 MiB\`, \`1 GB\`, or a number of bytes.
- A secret is \`{ env: NAME }\` or \`{ file: PATH }\`, never plain text in a file. It is printed nowhere.
- An unknown key is an error, with the nearest known one. \`millrace check --config FILE\` lists every problem at once and starts nothing.
- An enabled part that is not built yet is accepted and named in one warning and in the status.

## Data types

Words of \`dataTypes\`, by venue:

${offers}

## Sections
`

/** `docs/CONFIGURATION.md`. */
export const manualText = (): string =>
  [
    intro,
    among(own),
    "## Sections of a node\n",
    among(node),
    "## Sections of the exchange collector\n\nRead as they stand, and mapped onto the sections above; what is said there as well wins.\n",
    among(legacy),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n")

const venuesBegin = "<!-- venues: written by npm run docs -->\n\n"
const venuesEnd = "\n\n<!-- end of venues -->"

/** The README, with its table of venues and channels as the code has it. */
const readmeText = (): string => {
  const text = readFileSync(new URL("../../README.md", import.meta.url), "utf8")
  const begin = text.indexOf(venuesBegin) + venuesBegin.length
  const end = text.indexOf(venuesEnd.trimStart(), begin)
  return `${text.slice(0, begin)}${venueTable()}${venuesEnd}${text.slice(end + venuesEnd.trimStart().length)}`
}

/** The pages made from the schemas, by the file each one is kept in. */
export const pages = (): ReadonlyMap<string, string> =>
  new Map([
    ["README.md", readmeText()],
    ["docs/CONFIGURATION.md", manualText()],
    ["config/schema.json", jsonSchemaText(shape)],
  ])
