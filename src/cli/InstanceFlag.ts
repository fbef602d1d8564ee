import { Flag } from "effect/cli"

/** Which running instance a command speaks to. */
export const instanceFlag = Flag.String("url").pipe(
  Flag.withMetavar("URL"),
  Flag.withDescription("The HTTP API of the running instance (default http://127.0.0.1:8080)"),
  Flag.withDefault("http://127.0.0.1:8080"),
)
