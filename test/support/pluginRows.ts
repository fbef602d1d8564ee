export const pluginTime = Date.UTC(2025, 0, 15, 12)

const base = { exchange: "acme", market: "spot", symbol: "BTC-USDT", native: "BTCUSDT" } as const

/** Rows as a plugin may write them, out of order and with as little as it may, and the ends of their ids. */
export const pluginRows: ReadonlyArray<readonly [row: Record<string, unknown>, id: string]> = [
  [
    {
      data: { tradeTime: pluginTime, tradeId: "7", side: "buy", quantity: "2", price: "1.50" },
      type: "trade",
      ...base,
    },
    "trade:7",
  ],
  [
    {
      ...base,
      type: "trade",
      timestamp: pluginTime,
      data: {
        price: "1",
        quantity: "2",
        side: "sell",
        tradeId: "9",
        tradeTime: pluginTime,
        aggregate: { last: "5", first: "4" },
      },
    },
    "trade:agg:9",
  ],
  [
    {
      ...base,
      type: "kline",
      data: {
        closed: true,
        interval: "1m",
        startTime: pluginTime,
        endTime: pluginTime + 59_999,
        open: "1",
        high: "2",
        low: "1",
        close: "2",
        volume: "3.50",
      },
    },
    `kline:1m:${pluginTime}:closed`,
  ],
  [
    { ...base, type: "ticker", timestamp: pluginTime, data: { volume: "3", last: "2" } },
    `ticker:${pluginTime}`,
  ],
  [
    {
      ...base,
      type: "bbo",
      timestamp: pluginTime,
      data: { bid: "1", bidQuantity: "2", ask: "3", askQuantity: "4", sequence: "11" },
    },
    "bbo:11",
  ],
  [
    {
      ...base,
      type: "depth",
      timestamp: pluginTime,
      data: { kind: "snapshot", depth: 20, sequence: { last: "12" }, bids: [["1", "2"]], asks: [] },
    },
    "depth:snapshot:20:12",
  ],
  [
    {
      ...base,
      market: "perpetual",
      type: "long_short_ratio",
      timestamp: pluginTime,
      data: { kind: "accounts", period: "5m", ratio: "1.5" },
    },
    `long_short_ratio:accounts:5m:${pluginTime}`,
  ],
  [
    { ...base, type: "funding", timestamp: pluginTime, data: { settled: true, rate: "-0.0001" } },
    `funding:${pluginTime}`,
  ],
  [
    {
      ...base,
      type: "liquidation",
      data: { tradeTime: pluginTime, price: "1", quantity: "2", side: "buy", status: "gefüllt" },
    },
    `liquidation:${pluginTime}:buy:1:2`,
  ],
  [
    {
      ...base,
      type: "gap",
      timestamp: pluginTime,
      data: { channel: "trade", cause: "disconnect", from: { sequence: "4" }, to: {}, repair: "none" },
    },
    "gap:trade:4",
  ],
]
