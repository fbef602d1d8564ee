type Heed = (signal: "SIGTERM" | "SIGINT") => void

/** The program takes a moment to load. Nothing has begun then, so a signal ends the process, and all is well. */
let heed: Heed = () => process.exit(0)

/** From now on signals are for `heard`. */
export const heedSignals = (heard: Heed): void => {
  heed = heard
}

process.on("SIGTERM", () => heed("SIGTERM"))
process.on("SIGINT", () => heed("SIGINT"))
