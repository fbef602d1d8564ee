interface Exception {
  /** A file, or a folder with everything in it. */
  readonly path: string
  readonly allowed: ReadonlyArray<string>
  readonly reason: string
}

/** Each exception has a reason. A new one needs a better reason than convenience. */
export const exceptions: ReadonlyArray<Exception> = [
  {
    path: "layers/support/DirectFile.ts",
    allowed: ["node:fs"],
    reason: "FileSystem opens files by flags that are words, among which O_DIRECT is not",
  },
  {
    path: "layers/recording/JsonLines.ts",
    allowed: ["node:fs"],
    reason: "it adapts Node's own file and gunzip streams, which push back on each other as they stand",
  },
  {
    path: "layers/session-recorder/GzipFiles.ts",
    allowed: ["node:fs"],
    reason: "it adapts Node's own gzip and file streams, to which sockets hand over without waiting",
  },
]

/** What a file may use, by the names of the rule. */
export const allowedAmbient = (path: string): ReadonlyArray<string> =>
  exceptions
    .filter((exception) => path === exception.path || path.startsWith(`${exception.path}/`))
    .flatMap((exception) => exception.allowed)
