#!/usr/bin/env node
import "./cli/NodeVersion.ts"
import "./cli/Engine.ts"
import "./cli/Signals.ts"

// The command itself. It takes half a second to load, in which those above are already at work.
await import("./cli/Millrace.ts")
