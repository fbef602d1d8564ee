import type { Goal } from "../support/goal.ts"
import { bookGoals } from "./books.ts"
import { brokerRestarts } from "./brokerRestarts.ts"
import { clock } from "./clock.ts"
import { connectionGoals } from "./connections.ts"
import { damagedJournals } from "./damagedJournals.ts"
import { diskTroubles } from "./disk.ts"
import { drains } from "./drain.ts"
import { historyKills } from "./history.ts"
import { killGoals } from "./kills.ts"
import { leaks } from "./leaks.ts"
import { malformedFrames } from "./malformed.ts"
import { poisonGoal } from "./poison.ts"
import { resyncGoal } from "./resync.ts"
import { sinkOutage } from "./sinkOutage.ts"
import { slowConsumer } from "./slowConsumer.ts"

/** In the order of docs/RELIABILITY.md. */
export const goals: ReadonlyArray<Goal> = [
  ...killGoals,
  sinkOutage,
  brokerRestarts,
  malformedFrames,
  poisonGoal,
  ...slowConsumer,
  diskTroubles,
  damagedJournals,
  clock,
  ...connectionGoals,
  leaks,
  drains,
  historyKills,
  resyncGoal,
  ...bookGoals,
]
