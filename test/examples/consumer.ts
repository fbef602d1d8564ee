import { execFileSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, dirname, join, resolve } from "node:path"

export const root = resolve(import.meta.dirname, "../..")

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly bin: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
}

export const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest

/** The Node that runs the tests comes first, so that npm and every command of the consumer run on it. */
export const environment: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`,
  NO_COLOR: "1",
}

/** Runs a command to its end and returns its output; fails with all that it said. */
export const run = (command: string, options: ReadonlyArray<string>, cwd: string): string => {
  try {
    return execFileSync(command, options, { cwd, env: environment, encoding: "utf8", stdio: "pipe" })
  } catch (error) {
    const { stderr, stdout } = error as { readonly stderr: string; readonly stdout: string }
    throw new Error(`${command} ${options.join(" ")} failed in ${cwd}:\n${stdout}\n${stderr}`, {
      cause: error,
    })
  }
}

/** What a user has: a folder of their own where the packed tarball is installed. */
export interface Consumer {
  readonly folder: string
  /** The installed package. */
  readonly installed: string
  readonly tarball: string
  readonly remove: () => void
}

/** Packs this project as it would be published and installs it, with its peer `effect`, in a folder of its own. */
export const installConsumer = (): Consumer => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-consumer-"))
  // `npm pack` runs `prepack`, which builds; the name of the file is its last line.
  const packed = run("npm", ["pack", "--silent", "--pack-destination", folder], root).trim().split("\n").pop()
  const tarball = join(folder, packed ?? "")
  const effect = manifestOf(join(root, "node_modules/effect")).version
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name: "consumer", private: true, type: "module", version: "1.0.0" }),
  )
  const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"]
  run("npm", ["install", ...quiet, tarball, `effect@${effect}`], folder)
  const installed = join(folder, "node_modules/millrace")
  return { folder, installed, tarball, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Copies an example into the consumer's folder, where it finds the installed package as a user's program would. */
export const copyExample = (consumer: Consumer, name: string): string => {
  const folder = join(consumer.folder, name)
  mkdirSync(folder, { recursive: true })
  cpSync(join(root, "examples", name), folder, {
    recursive: true,
    filter: (path) => !path.includes("node_modules"),
  })
  return folder
}
