import { posix } from "node:path"

/** The rooms of the house. A room may always import itself. */
const rooms: Readonly<Record<string, ReadonlyArray<string>>> = {
  "src/domain": [],
  "src/runtime": [],
  "src/exchanges": ["src/domain"],
  services: ["src/domain", "src/runtime"],
  layers: ["src/domain", "src/runtime", "services"],
  ...Object.fromEntries(
    ["collect", "tasks", "nodes", "simulator", "config", "edge", "telemetry"].map((name) => [
      `src/${name}`,
      ["src/domain", "src/runtime", "src/exchanges", "services"],
    ]),
  ),
}

/** They put the rooms together and may import everything of ours. */
const everything = ["src/main.ts", "src/index.ts", "src/cli", "src/app", "test", "scripts"]

const within = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)

const roomOf = (path: string): string | undefined => Object.keys(rooms).find((room) => within(path, room))

/** What no single implementation owns: helpers over foreign libraries that several adapters need. */
const sharedByLayers = "layers/support"

/**
 * Why one file of layers must not import another. Beside its port's file, an implementation may have helpers: a file
 * in the same folder that exports no layer, or a folder of its name (`sink/kafka/Lane.ts` is `sink/Kafka.ts`'s).
 */
const layerObjection = (from: string, target: string, exportsLayer: (path: string) => boolean) => {
  if (within(target, sharedByLayers)) return undefined
  const [, fromPort, fromName = ""] = from.split("/")
  const [, port, name = "", helper] = target.split("/")
  const own = helper === undefined || fromName.replace(/\.ts$/, "").toLowerCase() === name.toLowerCase()
  return port === fromPort && own && !exportsLayer(target)
    ? undefined
    : `layers: an implementation never imports another (${target}): ask for its service, or move what they share into services, runtime, domain or ${sharedByLayers}`
}

const withoutPrefix = (room: string): string => room.replace(/^src\//, "")

const listed = (allowed: ReadonlyArray<string>): string =>
  allowed.length === 0 ? "nothing of ours" : `${allowed.map(withoutPrefix).join(", ")} only`

const foldersOfOurs = /^(src|services|layers|test|scripts|examples)\//

/** Why a file stands in no room; `undefined` where it does. Paths are relative to the project's root. */
export const homelessness = (path: string): string | undefined =>
  !foldersOfOurs.test(path) ||
  roomOf(path) !== undefined ||
  path.startsWith("examples/") ||
  everything.some((folder) => within(path, folder))
    ? undefined
    : `${path} stands in no room of the house: move it into one, or add its folder to scripts/lint/rooms.ts with what it may import`

/** Why `from` must not import `specifier`; `undefined` where it may. */
export const objection = (
  from: string,
  specifier: string,
  exportsLayer: (path: string) => boolean,
): string | undefined => {
  if (!specifier.startsWith(".")) {
    return /^millrace(\/|$)/.test(specifier) && foldersOfOurs.test(from) && !from.startsWith("examples/")
      ? `${from} imports the package by its name: import ${specifier} by its relative path, so that the import direction can be held`
      : undefined
  }
  const target = posix.normalize(posix.join(posix.dirname(from), specifier))
  if (from.startsWith("examples/")) {
    const example = from.split("/").slice(0, 2).join("/")
    return within(target, example)
      ? undefined
      : `an example imports \`millrace\` as its users do, never ${target} by path`
  }
  const room = roomOf(from)
  if (room === undefined) return undefined
  const targetRoom = roomOf(target)
  if (targetRoom === room) return room === "layers" ? layerObjection(from, target, exportsLayer) : undefined
  const allowed = rooms[room] ?? []
  return targetRoom !== undefined && allowed.includes(targetRoom)
    ? undefined
    : `${room} may import ${listed(allowed)}; ${target} is not among them: pass it in as a service, or move it to where both may reach it`
}
