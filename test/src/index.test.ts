import { assert, describe, it } from "@effect/vitest"
import * as millrace from "../../src/index.ts"

describe("what the package exports", () => {
  it("is what the manual names", () => {
    const names = Object.keys(millrace).sort().join(" ")
    assert.strictEqual(
      names,
      "Actors AppConfig BboRecord Collection Collector ConfigError DeadLetters DeadLettersError Decimal DepthRecord Environment FundingRecord GapRecord " +
        "IndexPriceRecord InstrumentsError IntakeError Journal JournalError KlineRecord LiquidationRecord LongShortRatioRecord MarkPriceRecord " +
        "MarketRecord MemorySink Metrics Millrace MillraceNode NativePlugin OpenInterestRecord Plugin PluginError RecordError RecordIntake SecretError Secrets SinkError Tap TaskDoor TaskRefused TaskStoreError Tasks TickerRecord " +
        "TradeRecord UnknownVenue VenueRequests VolatilityIndexRecord collect decimals decodeRecord kept makeSink parseRecord payloadOf " +
        "recordId recordJsonSchema recordOf recordSchemaVersion recordTypes runCursorPrefix",
    )
  })
})
