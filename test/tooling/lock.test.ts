import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { afterAll, describe, expect, it } from "vitest"

const root = resolve(import.meta.dirname, "../..")
const folder = mkdtempSync(join(tmpdir(), "millrace-lock-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Entry {
  readonly version: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly [key: string]: unknown
}

const run = (cwd: string, ...options: ReadonlyArray<string>) => {
  const script = join(root, "scripts/complete-lock.mjs")
  const { status, stderr } = spawnSync(process.execPath, [script, ...options], { cwd, encoding: "utf8" })
  return { status, stderr }
}

const write = (packages: Readonly<Record<string, Entry>>): void =>
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ name: "a", packages }))

const read = (): Readonly<Record<string, Entry>> =>
  (JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")) as { packages: Record<string, Entry> })
    .packages

const linter: Entry = {
  version: "1.2.3",
  dev: true,
  license: "MIT",
  resolved: "https://registry.example/linter-1.2.3.tgz",
  integrity: "sha512-kept",
  optionalDependencies: {
    "@linter/binding-darwin-arm64": "1.2.3",
    "@linter/binding-linux-arm-gnueabihf": "1.2.3",
    "@linter/binding-linux-x64-musl": "1.2.3",
    "@linter/binding-wasm32-wasi": "1.2.3",
    "@linter/binding-win32-x64-msvc": "1.2.3",
  },
}

describe("the lock file", () => {
  it("of this project installs on every platform, from any registry", () => {
    expect(run(root, "--check")).toEqual({ status: 0, stderr: "" })
  })

  it("gets an entry for each platform that the registry did not serve", () => {
    write({
      "": { version: "0.0.1" },
      "node_modules/@linter/binding-win32-x64-msvc": {
        version: "1.2.3",
        integrity: "sha512-untouched",
        cpu: ["x64"],
        os: ["win32"],
      },
      "node_modules/linter": linter,
    })
    const before = run(folder, "--check")
    expect(before.status).toBe(1)
    expect(before.stderr).toContain("@linter/binding-darwin-arm64@1.2.3 is missing")
    expect(before.stderr).toContain("node_modules/linter names the host it came from")

    expect(run(folder).status).toBe(0)
    const platform = (cpu: string, os?: string, libc?: string) => ({
      version: "1.2.3",
      dev: true,
      license: "MIT",
      optional: true,
      cpu: [cpu],
      ...(os === undefined ? {} : { os: [os] }),
      ...(libc === undefined ? {} : { libc: [libc] }),
    })
    const { resolved: _, ...untied } = linter
    expect(read()).toEqual({
      "": { version: "0.0.1" },
      "node_modules/@linter/binding-darwin-arm64": platform("arm64", "darwin"),
      "node_modules/@linter/binding-linux-arm-gnueabihf": platform("arm", "linux", "glibc"),
      "node_modules/@linter/binding-linux-x64-musl": platform("x64", "linux", "musl"),
      "node_modules/@linter/binding-wasm32-wasi": platform("wasm32"),
      "node_modules/@linter/binding-win32-x64-msvc": {
        version: "1.2.3",
        integrity: "sha512-untouched",
        cpu: ["x64"],
        os: ["win32"],
      },
      "node_modules/linter": untied,
    })
    expect(run(folder, "--check")).toEqual({ status: 0, stderr: "" })
  })

  it("gives a nested package of another version its own platforms", () => {
    const at = "node_modules/tool/node_modules/native"
    write({
      "": { version: "0.0.1" },
      "node_modules/native-linux-x64": { version: "1.0.0", os: ["linux"], cpu: ["x64"] },
      "node_modules/tool": { version: "5.0.0" },
      [at]: { version: "2.0.0", optionalDependencies: { "native-linux-x64": "2.0.0" } },
    })
    expect(run(folder).status).toBe(0)
    expect(read()[`${at}/node_modules/native-linux-x64`]?.version).toBe("2.0.0")
    expect(read()["node_modules/native-linux-x64"]?.version).toBe("1.0.0")
  })

  it("is left alone where a platform cannot be told from the name", () => {
    write({
      "": { version: "0.0.1" },
      "node_modules/tool": { version: "5.0.0", optionalDependencies: { "tool-fast": "5.0.0" } },
    })
    const { status, stderr } = run(folder)
    expect(status).not.toBe(0)
    expect(stderr).toContain("tool-fast: cannot tell its platform from its name")
    expect(read()["node_modules/tool-fast"]).toBeUndefined()
  })
})
