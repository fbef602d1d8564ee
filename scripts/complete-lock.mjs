// Completes package-lock.json, so that `npm ci` accepts it on every platform. npm runs it after each `npm install`
// (the `dependencies` script of package.json); by hand: `npm run lock`. `--check` only says what is wrong, exit 1.
//
// Packages with native parts name one optional package per platform. A registry that serves only some of them makes
// npm leave the others out of the lock, and then `npm ci` fails everywhere ("Missing: @oxlint/binding-darwin-arm64 from
// lock file"). An entry with name, version and platform is all that npm needs; it fetches the rest where it installs.
// It also removes `resolved`, which would tie every reader to the registry of the last writer.
//
// Plain JavaScript, for the Node of whoever runs npm.
import { readFileSync, writeFileSync } from "node:fs"

const systems = [
  "aix",
  "android",
  "darwin",
  "freebsd",
  "linux",
  "netbsd",
  "openbsd",
  "openharmony",
  "sunos",
  "win32",
]
const processors = [
  "arm",
  "arm64",
  "ia32",
  "loong64",
  "mips64el",
  "ppc64",
  "riscv64",
  "s390x",
  "wasm32",
  "x64",
]

/** `@oxlint/binding-linux-x64-musl` → `{ cpu: ["x64"], libc: ["musl"], os: ["linux"] }` */
const platformOf = (name) => {
  const words = name.split(/[-_/.]/)
  const os = systems.filter((system) => words.includes(system))
  const cpu = processors.filter((processor) => words.includes(processor))
  if (cpu.length !== 1 || (os.length !== 1 && cpu[0] !== "wasm32")) {
    throw new Error(`${name}: cannot tell its platform from its name; add it to package-lock.json by hand`)
  }
  const libc =
    os[0] !== "linux" ? undefined : /musl/.test(name) ? "musl" : /gnu/.test(name) ? "glibc" : undefined
  return { cpu, ...(libc === undefined ? {} : { libc: [libc] }), ...(os.length === 0 ? {} : { os }) }
}

/** Where Node looks for `name` from the package at `at`: `a/node_modules/name`, then outwards. */
const placesOf = (at, name) => {
  const folders = at.split("/node_modules/")
  const nested = folders.map((_, index) => folders.slice(0, folders.length - index).join("/node_modules/"))
  return [...nested.map((folder) => `${folder}/node_modules/${name}`), `node_modules/${name}`]
}

const exact = /^\d+\.\d+\.\d+(-[\w.-]+)?$/

/** Every optional dependency of a package that has no entry: `{ at, name, version, parent }`. */
const missingOf = (packages) =>
  Object.entries(packages).flatMap(([at, parent]) =>
    at === ""
      ? []
      : Object.entries(parent.optionalDependencies ?? {}).flatMap(([name, version]) => {
          const places = placesOf(at, name)
          const found = places.find((place) => packages[place] !== undefined)
          // What stands further out in another version does not serve.
          const serves = found !== undefined && (!exact.test(version) || packages[found].version === version)
          if (serves) return []
          return [{ at: found === undefined ? places[places.length - 1] : places[0], name, version, parent }]
        }),
  )

const lockFile = "package-lock.json"
const lock = JSON.parse(readFileSync(lockFile, "utf8"))
const missing = missingOf(lock.packages)
const tied = Object.keys(lock.packages).filter((at) => lock.packages[at].resolved !== undefined)

if (process.argv.includes("--check")) {
  for (const { name, version } of missing) console.error(`${lockFile}: ${name}@${version} is missing`)
  for (const at of tied) console.error(`${lockFile}: ${at} names the host it came from (resolved)`)
  if (missing.length + tied.length > 0) {
    console.error("`npm run lock` completes it; commit the result")
    process.exitCode = 1
  }
} else if (missing.length + tied.length > 0) {
  for (const at of tied) delete lock.packages[at].resolved
  for (const { at, name, parent, version } of missing) {
    if (!exact.test(version))
      throw new Error(`${name}@${version}: not an exact version; add it to ${lockFile} by hand`)
    const { cpu, libc, os } = platformOf(name)
    // npm's own order of keys
    lock.packages[at] = {
      version,
      cpu,
      ...(parent.dev ? { dev: true } : {}),
      ...(libc ? { libc } : {}),
      ...(parent.license ? { license: parent.license } : {}),
      optional: true,
      ...(os ? { os } : {}),
    }
  }
  const sorted = Object.entries(lock.packages).toSorted(([a], [b]) => a.localeCompare(b, "en"))
  lock.packages = Object.fromEntries(sorted)
  writeFileSync(lockFile, `${JSON.stringify(lock, null, 2)}\n`)
  console.error(`${lockFile}: added ${missing.length} platform packages, removed ${tied.length} hosts`)
}
