import { Effect, Result } from "effect"
import { Environment } from "../../services/Environment.ts"
import { adopt } from "./Adopt.ts"
import { ConfigError, type Problem } from "./ConfigError.ts"
import { readConfigFile } from "./ConfigFiles.ts"
import { decodeTree, type PlacedProblem, salvage } from "./Decode.ts"
import { notBuilt, notBuiltWarning } from "./NotBuilt.ts"
import { applyOverrides } from "./Overrides.ts"
import { belowTemporary } from "./Serverless.ts"
import { lookUpSecrets } from "./SecretLookup.ts"
import { type ConfigInput, type MillraceConfig, Sections } from "./Sections.ts"
import { makeShape } from "./Shape.ts"
import { copyOf, emptyTree, isTree, mergeInto, Origins, type Path, type Tree } from "./Tree.ts"
import { validate, type Venues } from "./Validate.ts"

/** A configuration that can be used, and what should be said about it. */
export interface Loaded {
  readonly config: MillraceConfig
  /** One line each, for the log at start and for `check`. */
  readonly warnings: ReadonlyArray<string>
  /** Enabled parts that this version does not have yet, for the status. */
  readonly notBuilt: ReadonlyArray<string>
  /** The files it came from, later ones over earlier ones. */
  readonly files: ReadonlyArray<string>
}

const application = "the application"

const shape = makeShape(Sections)

interface Gathered {
  readonly tree: Tree
  readonly origins: Origins
  readonly files: ReadonlyArray<string>
  readonly unreadable: ReadonlyArray<Problem>
}

const overrides = Effect.fnUntraced(function* ({ tree, origins }: Gathered, venues: Venues) {
  const known = [...venues.keys()]
  return applyOverrides({
    shape,
    tree,
    origins,
    environment: yield* Environment,
    knownKeys: (path: Path) => (path.length === 1 && path[0] === "exchanges" ? known : []),
  })
})

/** Without a file that could not be read, what seems to be missing may stand in it. */
const worthSaying = (
  problems: ReadonlyArray<Problem>,
  unreadable: ReadonlyArray<Problem>,
): ReadonlyArray<Problem> =>
  unreadable.length === 0 ? problems : problems.filter(({ detail }) => !detail.startsWith("missing"))

interface Checked {
  readonly config: MillraceConfig | undefined
  readonly problems: ReadonlyArray<Problem>
  readonly warnings: ReadonlyArray<string>
}

const problemsOf = (placed: ReadonlyArray<PlacedProblem>): ReadonlyArray<Problem> =>
  placed.map(({ problem }) => problem)

/** What other layouts say put into ours, decoded, and checked for what no schema can say. */
const checkMeaning = (tree: Tree, written: Tree, origins: Origins, venues: Venues): Checked => {
  const adopted = adopt(tree, origins)
  const decoded = decodeTree(Sections, adopted.tree, origins)
  if (Result.isFailure(decoded)) {
    return {
      config: undefined,
      problems: [...adopted.problems, ...problemsOf(decoded.failure)],
      warnings: [],
    }
  }
  const {
    kafka: _kafka,
    googleCloud: _cloud,
    monitoring: _monitoring,
    logging: _logging,
    ...config
  } = decoded.success
  const { problems, warnings } = validate(config, written, venues, origins)
  return { config, problems: [...adopted.problems, ...problems], warnings }
}

const check = ({ tree, origins, unreadable }: Gathered, venues: Venues): Checked => {
  const written = decodeTree(Sections, tree, origins)
  if (Result.isSuccess(written)) return checkMeaning(tree, tree, origins, venues)
  const rest = salvage(Sections, tree, written.failure, origins)
  const more = rest === undefined ? [] : checkMeaning(rest, tree, origins, venues).problems
  return {
    config: undefined,
    problems: [...worthSaying(problemsOf(written.failure), unreadable), ...more],
    warnings: [],
  }
}

const finish = Effect.fnUntraced(function* (
  gathered: Gathered,
  venues: Venues,
  ignored: ReadonlyArray<string>,
) {
  const { tree, origins, files, unreadable } = gathered
  const secrets = yield* lookUpSecrets({ shape, tree, origins, trusted: new Set([application]) })
  const { config, problems, warnings } = check(gathered, venues)
  const all = [...unreadable, ...secrets, ...problems]
  if (config === undefined || all.length > 0)
    return yield* new ConfigError({ problems: all, warnings: ignored })
  const absent = notBuilt(tree)
  const environment = yield* Environment
  const loaded: Loaded = {
    config: belowTemporary(config, environment["TMPDIR"] ?? "/tmp"),
    warnings: [...ignored, ...warnings, ...notBuiltWarning(absent)],
    notBuilt: absent,
    files,
  }
  return loaded
})

/**
 * The configuration of these files, later ones over earlier ones, under the variables of the environment. Fails with
 * every problem of all of them at once.
 */
export const loadFiles = Effect.fn("config.loadFiles")(function* (
  files: ReadonlyArray<string>,
  venues: Venues,
) {
  const tree = emptyTree()
  const origins = new Origins()
  const unreadable: Array<Problem> = []
  for (const file of files) {
    const read = yield* readConfigFile(file)
    if (Result.isFailure(read)) unreadable.push(read.failure)
    else mergeInto(tree, read.success.tree, file, origins)
  }
  const gathered: Gathered = { tree, origins, files, unreadable }
  return yield* finish(gathered, venues, yield* overrides(gathered, venues))
})

/** The configuration that an embedding application gives as an object. The environment has no say in it. */
export const loadInput = Effect.fn("config.loadInput")(function* (input: ConfigInput, venues: Venues) {
  const origins = new Origins()
  const copy = copyOf(input)
  const tree = mergeInto(emptyTree(), isTree(copy) ? copy : emptyTree(), application, origins)
  return yield* finish({ tree, origins, files: [], unreadable: [] }, venues, [])
})
