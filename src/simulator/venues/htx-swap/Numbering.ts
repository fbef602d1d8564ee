import { phaseOf } from "../Feed.ts"
import type { Count, Numbering } from "../Numbering.ts"
import { bookEveryMillis, versionAt } from "./Messages.ts"

/** Pushes of the book. Matches have numbers that skip: of them nobody can tell where they begin. */
const push: Count = {
  name: "book",
  firstAfter: (symbol, time) => {
    const phase = phaseOf(symbol)
    return versionAt((Math.floor((time - phase) / bookEveryMillis) + 1) * bookEveryMillis + phase)
  },
  streams: (native) =>
    ["depth.size_150.high_freq", "depth.size_20.high_freq"].map((channel) => `market.${native}.${channel}`),
}

export const htxSwapNumbering: Numbering = {
  counts: [push],
  inStream: (name) => (name.endsWith(".high_freq") ? [{ count: push, digits: /(?<="version":)\d+/g }] : []),
}
