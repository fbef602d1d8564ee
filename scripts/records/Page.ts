import { type RecordType, recordTypes } from "../../src/domain/DataType.ts"
import { recordSchemaVersion } from "../../src/domain/Envelope.ts"
import { recordJsonSchema } from "../../src/domain/RecordJsonSchema.ts"
import { sharedTable, typeTables } from "./Tables.ts"

/** By type: what it is, and the key that ends its id. */
const about: Readonly<Record<RecordType, readonly [meaning: string, key: string]>> = {
  trade: [
    "A trade; from `aggTrade`, those of one taker's order at one price, merged by the exchange.",
    "`<tradeId>`; merged: `agg:<tradeId>`",
  ],
  kline: [
    "A candle. An open one comes again with every change, a closed one once.",
    "`<interval>:<startTime>:closed`; open: `<interval>:<startTime>:<timestamp>`",
  ],
  ticker: ["Statistics of a rolling window, usually of 24 hours.", "`<timestamp>`"],
  bbo: ["The best bid and the best ask.", "`<sequence>`; without one `<timestamp>`"],
  depth: [
    "An order book: a snapshot, then the deltas that join it. What a snapshot contains already is not repeated by a delta; after a break a new snapshot comes. Delta levels are sorted best first whatever the order on the wire.",
    "delta: `<sequence.last>`; snapshot: `snapshot:<depth>:<sequence.last>`, of a whole book `snapshot:full:<sequence.last>`",
  ],
  funding: [
    "The funding rate of a perpetual: what is expected, or, where it is `settled`, what was paid at its time (`funding_settled`, and tasks).",
    "`<timestamp>`; settled: `settled:<timestamp>`",
  ],
  open_interest: ["Contracts that are open.", "`<timestamp>`"],
  liquidation: [
    "An order of the exchange's liquidation engine.",
    "its id where there is one, else `<tradeTime>:<side>:<price>:<quantity>`",
  ],
  mark_price: ["The price at which positions are valued.", "`<timestamp>`"],
  index_price: ["The price of the underlying index.", "`<timestamp>`"],
  long_short_ratio: ["How the longs compare with the shorts.", "`<kind>:<period>:<timestamp>`"],
  volatility_index: ["Implied volatility as an index.", "`<timestamp>`"],
  gap: [
    "What an exchange sent and Millrace did not get. A stream without a chain of sequences (bbo, ticker, partial books, open klines) gets a gap by time at every interruption of its connection: `from.timestamp` is that of the last record, and a second revision gives `to` when records come again. Klines' sequences are their open times. A gap whose records came late after all is `complete` without `repairedBy`; a book's is `complete` with the snapshot that makes it whole. Where something is known to be missing and nothing tells how much, because no frame of the stream can be read, the gap is open and has `from.sequence` alone; what comes next gives it `to` and `missing`, 0 where nothing was. `symbol` is the stream's; `timestamp` and `receivedAt` say when it was noticed. Repaired records come after the gap, in order among themselves; live records never wait for them.",
    "`<channel>:<first missing>`; of a gap by time `<channel>:<from.timestamp>`",
  ],
}

const example = {
  type: "trade",
  exchange: "binance",
  market: "spot",
  symbol: "ETH-USDT",
  native: "ETHUSDT",
  id: "binance:ETH-USDT:trade:1543212345",
  timestamp: 1723161254021,
  receivedAt: 1723161254024.619,
  source: "stream",
  data: {
    price: "2683.80000000",
    quantity: "0.04120000",
    side: "sell",
    tradeId: "1543212345",
    tradeTime: 1723161254020,
  },
}

const section = (type: RecordType): string => {
  const [meaning, key] = about[type]
  return `### ${type}\n\n${meaning} Key: ${key}.\n\n${typeTables(type)}\n`
}

const intro = `# Records

Written from the Schemas by \`node scripts/records/write.ts\`; a test fails when it is stale. [config/record.schema.json](../config/record.schema.json) says the same to validators. This is version ${recordSchemaVersion} of the contract; Kafka's header \`schema\` carries it. Later versions may add fields, so ignore what you do not know.

One record is one JSON object; every sink that carries bytes carries exactly these, in this order of fields:

\`\`\`json
${JSON.stringify(example)}
\`\`\`

- **Decimals** (prices, quantities, rates) are texts in plain notation with the digits that the exchange sent: exponents expanded, trailing zeros kept, never rounded. Sequences and ids are texts as well.
- **Times** are milliseconds since the epoch. \`timestamp\` is the event time of the message; a trade's own time is \`tradeTime\`. A row asked for by REST has its own time: a trade its \`tradeTime\`, a closed kline its \`endTime\`.
- **The id is deterministic**, \`exchange:symbol:type:key\`: whoever wants each event once keeps ids.
- **Quantities** count what the exchange counts: units of the base on spot, elsewhere the base, contracts or dollars. [INSTRUMENTS.md](INSTRUMENTS.md#units) says which, and \`GET /api/v1/instruments\` says it of each instrument with what a contract is worth. A kline's and a ticker's \`volume\` counts the base wherever the exchange tells that.
- **Order**: records of one stream come in the order in which they were accepted.
- A field marked \`?\` is there whenever the exchange sends it.

- Which types a venue delivers is listed under [data types](CONFIGURATION.md#data-types).

In Kafka a record is the value, \`symbol\` the key, and \`id\`, \`receivedAt\`, \`source\` and \`schema\` are headers. The topic is \`market.{type}.{exchange}.{symbol}\` in lower case, unless configured; a byte outside \`[a-z0-9._-]\` is written \`_xHH\`.

In TypeScript a record is \`MarketRecord\`, a union that \`record.type\` tells apart; \`TradeRecord\` … \`GapRecord\` are both the types and their Schemas. \`decodeRecord\` (an Effect) and \`parseRecord\` (throws) check an envelope, bytes or a line; \`decimals(record)\` gives the decimals as decimal.js's \`Decimal\`, each made when it is read:

\`\`\`ts
import { decimals, parseRecord } from "millrace"

const record = parseRecord(line)
if (record.type === "trade") {
  const { price, quantity } = decimals(record)
  console.log(record.symbol, price.times(quantity).toString())
}
\`\`\`

## Every record

${sharedTable()}

## By type
`

/** \`docs/RECORDS.md\`. */
export const pageText = (): string => `${[intro, ...recordTypes.map(section)].join("\n").trimEnd()}\n`

/** The files made from the Schemas of the records. */
export const pages = (): ReadonlyMap<string, string> =>
  new Map([
    ["docs/RECORDS.md", pageText()],
    ["config/record.schema.json", `${JSON.stringify(recordJsonSchema(), null, 2)}\n`],
  ])
