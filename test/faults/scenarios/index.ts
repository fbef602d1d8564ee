import type { Goal } from "../support/goal.ts"
import { brokerRestarts } from "./brokerRestarts.ts"
import { clock } from "./clock.ts"
import { damagedJournals } from "./damagedJournals.ts"
import { drains } from "./drain.ts"
import { leaks } from "./leaks.ts"
import { malformedFrames } from "./malformed.ts"
import { poisonGoal } from "./poison.ts"
import { slowConsumer } from "./slowConsumer.ts"

/** In the order of docs/RELIABILITY.md. */
export const goals: ReadonlyArray<Goal> = [
  brokerRestarts,
  malformedFrames,
  poisonGoal,
  ...slowConsumer,
  damagedJournals,
  clock,
  leaks,
  drains,
]
