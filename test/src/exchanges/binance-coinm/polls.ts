import type { ExpectedPoll } from "../../../contract/Venue.ts"

const asked = { symbol: "BTC-USD-PERP", dataType: "long_short_ratio_5m" }
const ratio = (name: string) => `/futures/data/${name}?pair=BTCUSD&period=5m&limit=2`

/** In the shapes of the documents; none was recorded. */
export const polls: ReadonlyArray<ExpectedPoll> = [
  {
    what: "open interest counts contracts",
    symbol: "BTC-USD-20200626",
    dataType: "open_interest",
    request: 0,
    path: "/dapi/v1/openInterest?symbol=BTCUSD_200626",
    body: '{"symbol":"BTCUSD_200626","pair":"BTCUSD","openInterest":"15004","contractType":"CURRENT_QUARTER","time":1591261042378}',
    records: [
      { key: "1591261042378", timestamp: 1591261042378, data: { amount: "15004", unit: "contracts" } },
    ],
  },
  {
    ...asked,
    what: "ratios of accounts",
    request: 0,
    path: ratio("globalLongShortAccountRatio"),
    body: '[{"pair":"BTCUSD","longShortRatio":"0.1960","longAccount":"0.6622","shortAccount":"0.3378","timestamp":1583139600000}]',
    records: [
      {
        key: "accounts:5m:1583139600000",
        timestamp: 1583139600000,
        data: { kind: "accounts", period: "5m", ratio: "0.1960", long: "0.6622", short: "0.3378" },
      },
    ],
  },
  {
    ...asked,
    what: "ratios of the top traders' accounts",
    request: 1,
    path: ratio("topLongShortAccountRatio"),
    body: '[{"pair":"BTCUSD","longShortRatio":"1.8105","longAccount":"0.6442","shortAccount":"0.3558","timestamp":1591261042378}]',
    records: [
      {
        key: "top_accounts:5m:1591261042378",
        timestamp: 1591261042378,
        data: { kind: "top_accounts", period: "5m", ratio: "1.8105", long: "0.6442", short: "0.3558" },
      },
    ],
  },
  {
    ...asked,
    what: "ratios of the top traders' positions, oldest first",
    request: 2,
    path: ratio("topLongShortPositionRatio"),
    body: '[{"pair":"BTCUSD","longShortRatio":"0.8","longPosition":"0.44","shortPosition":"0.55","timestamp":1592870700000},{"pair":"BTCUSD","longShortRatio":"0.7869","longPosition":"0.4404","shortPosition":"0.5596","timestamp":1592870400000}]',
    records: [
      {
        key: "top_positions:5m:1592870400000",
        timestamp: 1592870400000,
        data: { kind: "top_positions", period: "5m", ratio: "0.7869", long: "0.4404", short: "0.5596" },
      },
      {
        key: "top_positions:5m:1592870700000",
        timestamp: 1592870700000,
        data: { kind: "top_positions", period: "5m", ratio: "0.8", long: "0.44", short: "0.55" },
      },
    ],
  },
  {
    what: "funding that was paid",
    symbol: "BTC-USD-PERP",
    dataType: "funding_settled",
    request: 0,
    path: "/dapi/v1/fundingRate?symbol=BTCUSD_PERP&startTime=",
    body: '[{"symbol":"BTCUSD_PERP","fundingTime":1596038400000,"fundingRate":"-0.00300000","markPrice":""},{"symbol":"BTCUSD_PERP","fundingTime":1596067200001,"fundingRate":"0.00010000","markPrice":"34287.54619963"}]',
    records: [
      {
        key: "settled:1596038400000",
        timestamp: 1596038400000,
        data: { rate: "-0.00300000", settled: true },
      },
      {
        key: "settled:1596067200001",
        timestamp: 1596067200001,
        data: { rate: "0.00010000", markPrice: "34287.54619963", settled: true },
      },
    ],
  },
]
