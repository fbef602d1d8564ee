import type { ExpectedControl, ExpectedMessage } from "../../../contract/Venue.ts"

const framed = (stream: string, data: string): string => `{"stream":"${stream}","data":${data}}`

/** No session was recorded; the messages are those of the documents and of other people's tests. */
export const messages: ReadonlyArray<ExpectedMessage> = [
  {
    what: "a trade counts contracts",
    symbol: "BTC-USD-PERP",
    dataType: "trade",
    frame: framed(
      "btcusd_perp@trade",
      '{"e":"trade","E":1616201883458,"T":1616201883304,"s":"BTCUSD_PERP","t":91864327,"p":"58570.1","q":"58","X":"MARKET","m":true}',
    ),
    records: [
      {
        key: "91864327",
        timestamp: 1616201883458,
        data: {
          price: "58570.1",
          quantity: "58",
          side: "sell",
          tradeId: "91864327",
          tradeTime: 1616201883304,
        },
      },
    ],
  },
  {
    what: "trades that were merged",
    symbol: "BTC-USD-PERP",
    dataType: "aggTrade",
    frame: framed(
      "btcusd_perp@aggTrade",
      '{"e":"aggTrade","E":1616201883458,"a":41045788,"s":"BTCUSD_PERP","p":"58570.1","q":"58","f":91864326,"l":91864327,"T":1616201883304,"m":true}',
    ),
    records: [
      {
        key: "agg:41045788",
        timestamp: 1616201883458,
        data: {
          price: "58570.1",
          quantity: "58",
          side: "sell",
          tradeId: "41045788",
          tradeTime: 1616201883304,
          aggregate: { first: "91864326", last: "91864327" },
        },
      },
    ],
  },
  {
    what: "a kline's second volume is the base",
    symbol: "BTC-USD-20200626",
    dataType: "kline_1m",
    frame: framed(
      "btcusd_200626@kline_1m",
      '{"e":"kline","E":1591261542539,"s":"BTCUSD_200626","k":{"t":1591261500000,"T":1591261559999,"s":"BTCUSD_200626","i":"1m","f":606400,"L":606430,"o":"9638.9","c":"9639.8","h":"9639.8","l":"9638.6","v":"156","n":31,"x":false,"q":"1.61836886","V":"73","Q":"0.75731156","B":"0"}}',
    ),
    records: [
      {
        key: "1m:1591261500000:1591261542539",
        timestamp: 1591261542539,
        data: {
          interval: "1m",
          startTime: 1591261500000,
          endTime: 1591261559999,
          open: "9638.9",
          high: "9639.8",
          low: "9638.6",
          close: "9639.8",
          volume: "1.61836886",
          trades: 31,
          closed: false,
        },
      },
    ],
  },
  {
    what: "so is a ticker's",
    symbol: "BTC-USD-20200626",
    dataType: "ticker",
    frame: framed(
      "btcusd_200626@ticker",
      '{"e":"24hrTicker","E":1591268262453,"s":"BTCUSD_200626","ps":"BTCUSD","p":"-43.4","P":"-0.452","w":"0.00147974","c":"9548.5","Q":"2","o":"9591.9","h":"10000.0","l":"7000.0","v":"487850","q":"32968676323.46222700","O":1591181820000,"C":1591268262442,"F":512014,"L":615289,"n":103272}',
    ),
    records: [
      {
        key: "1591268262453",
        timestamp: 1591268262453,
        data: {
          last: "9548.5",
          open: "9591.9",
          high: "10000.0",
          low: "7000.0",
          volume: "32968676323.46222700",
          change: "-43.4",
          changePercent: "-0.452",
          openTime: 1591181820000,
          closeTime: 1591268262442,
        },
      },
    ],
  },
  {
    what: "the best prices, with the pair behind the symbol",
    symbol: "BTC-USD-20220325",
    dataType: "bbo",
    frame: framed(
      "btcusd_220325@bookTicker",
      '{"u":300683916630,"e":"bookTicker","s":"BTCUSD_220325","ps":"BTCUSD","b":"49387.1","B":"34","a":"49387.2","A":"577","T":1640247707198,"E":1640247707203}',
    ),
    records: [
      {
        key: "300683916630",
        timestamp: 1640247707203,
        data: {
          bid: "49387.1",
          bidQuantity: "34",
          ask: "49387.2",
          askQuantity: "577",
          sequence: "300683916630",
        },
      },
    ],
  },
  {
    what: "a change of a book names the one before",
    symbol: "BTC-USD-PERP",
    dataType: "depth",
    frame: framed(
      "btcusd_perp@depth@100ms",
      '{"e":"depthUpdate","E":1622370862564,"T":1622370862553,"s":"BTCUSD_PERP","ps":"BTCUSD","U":127559587191,"u":127559588177,"pu":127559587113,"b":[["35365.9","1400"],["35425.8","0"]],"a":[["35817.8","7885"],["35818.7","307"]]}',
    ),
    records: [
      {
        key: "127559588177",
        timestamp: 1622370862564,
        data: {
          kind: "delta",
          bids: [
            ["35425.8", "0"],
            ["35365.9", "1400"],
          ],
          asks: [
            ["35817.8", "7885"],
            ["35818.7", "307"],
          ],
          sequence: { first: "127559587191", last: "127559588177", previous: "127559587113" },
        },
      },
    ],
  },
  {
    what: "the best levels of a book are the same event",
    symbol: "BTC-USD-PERP",
    dataType: "depth5",
    frame: framed(
      "btcusd_perp@depth5@100ms",
      '{"e":"depthUpdate","E":1591269996801,"T":1591269996646,"s":"BTCUSD_PERP","ps":"BTCUSD","U":17276694,"u":17276701,"pu":17276678,"b":[["9523.0","5"]],"a":[["9524.6","2"]]}',
    ),
    records: [
      {
        key: "snapshot:5:17276701",
        timestamp: 1591269996801,
        data: {
          kind: "snapshot",
          bids: [["9523.0", "5"]],
          asks: [["9524.6", "2"]],
          sequence: { last: "17276701" },
          depth: 5,
        },
      },
    ],
  },
  ...[
    { dataType: "mark_price", data: { price: "11012.31359011" } },
    { dataType: "index_price", data: { price: "10933.62615417" } },
    {
      dataType: "funding",
      data: {
        rate: "0.00000000",
        nextFundingTime: 1596096000000,
        markPrice: "11012.31359011",
        indexPrice: "10933.62615417",
      },
    },
  ].map(({ dataType, data }) => ({
    what: `a mark price carries the ${dataType} of a perpetual`,
    symbol: "BTC-USD-PERP",
    dataType,
    frame: framed(
      "btcusd_perp@markPrice@1s",
      '{"e":"markPriceUpdate","E":1596095725000,"s":"BTCUSD_PERP","p":"11012.31359011","P":"10962.17178236","i":"10933.62615417","r":"0.00000000","T":1596096000000}',
    ),
    records: [{ key: "1596095725000", timestamp: 1596095725000, data }],
  })),
  {
    what: "the mark price of a dated future, from before it told the index",
    symbol: "BTC-USD-20201225",
    dataType: "mark_price",
    frame: framed(
      "btcusd_201225@markPrice",
      '{"e":"markPriceUpdate","E":1596095725000,"s":"BTCUSD_201225","p":"10934.62615417","P":"10962.17178236","r":"","T":0}',
    ),
    records: [{ key: "1596095725000", timestamp: 1596095725000, data: { price: "10934.62615417" } }],
  },
  {
    what: "no index price where the message has none",
    symbol: "BTC-USD-20201225",
    dataType: "index_price",
    frame: framed(
      "btcusd_201225@markPrice@1s",
      '{"e":"markPriceUpdate","E":1596095725000,"s":"BTCUSD_201225","p":"10934.62615417","P":"10962.17178236","r":"","T":0}',
    ),
    records: [],
  },
  {
    what: "a liquidation",
    symbol: "BTC-USD-20200925",
    dataType: "liquidation",
    frame: framed(
      "btcusd_200925@forceOrder",
      '{"e":"forceOrder","E":1591154240950,"o":{"s":"BTCUSD_200925","ps":"BTCUSD","S":"SELL","o":"LIMIT","f":"IOC","q":"1","p":"9425.5","ap":"9496.5","X":"FILLED","l":"1","z":"1","T":1591154240949}}',
    ),
    records: [
      {
        key: "1591154240949:sell:9425.5:1",
        timestamp: 1591154240950,
        data: {
          price: "9425.5",
          quantity: "1",
          side: "sell",
          averagePrice: "9496.5",
          filledQuantity: "1",
          status: "FILLED",
          tradeTime: 1591154240949,
        },
      },
    ],
  },
]

export const controls: ReadonlyArray<ExpectedControl> = [
  {
    what: "a message is acknowledged by its id",
    frame: '{"result":null,"id":7}',
    controls: () => [{ kind: "ack", id: 7 }],
  },
  {
    what: "a message is refused by its id",
    frame: '{"error":{"code":2,"msg":"Invalid request: too many parameters"},"id":8}',
    controls: () => [{ kind: "ack", id: 8, error: "2: Invalid request: too many parameters" }],
  },
]
