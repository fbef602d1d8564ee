import { journalContract } from "../../contract/Journal.ts"
import { realSegments, simulatedSegments } from "../../support/segmentsJournal.ts"

/** An envelope of the contract takes about 300 bytes in a segment. */
const room = (envelopes: number) => ({ maxSize: envelopes * 320 + 400, segmentSize: 2_000 })

journalContract({
  name: "segments on a simulated disk",
  layer: simulatedSegments({ segmentSize: 20_000 }),
  bounded: (envelopes) => simulatedSegments(room(envelopes)),
  histories: 10,
})

journalContract({
  name: "segments on this machine's disk",
  layer: realSegments({ segmentSize: 20_000 }),
  bounded: (envelopes) => realSegments(room(envelopes)),
  histories: 3,
})
