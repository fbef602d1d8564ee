import { Result, Schema } from "effect"
import { Fault, type FaultSchedule } from "./Fault.ts"
import {
  faultKinds,
  isFaultKind,
  type OptionName,
  optionNames,
  optionObjection,
  saysWhen,
  writeTime,
} from "./FaultKinds.ts"
import { type Fields, readOption, readPlace } from "./OptionText.ts"

/** A schedule that cannot be read: what, where, and what to write instead. */
export class FaultSyntaxError extends Schema.TaggedError<FaultSyntaxError>()("FaultSyntaxError", {
  /** Counts the faults of the list, from 1. */
  number: Schema.Int,
  text: Schema.String,
  problem: Schema.String,
}) {
  override get message(): string {
    return `fault ${this.number}, "${this.text}": ${this.problem}`
  }
}

const readFault = (text: string): Result.Result<Fault, string> => {
  const [head = "", ...tail] = text.split("/")
  const { argument, kind, place } = /^(?<kind>[^:@]*)(?<argument>:[^@]*)?(?<place>@.*)?$/.exec(head)!
    .groups as {
    kind: string
    argument?: string
    place?: string
  }
  if (!isFaultKind(kind))
    return Result.fail(
      `there is no fault ${kind === "" ? "without a name" : `"${kind}"`}; write one of ${Object.keys(faultKinds).join(", ")}`,
    )
  const traits = faultKinds[kind]
  const fields: Fields = { kind }
  if (argument !== undefined) {
    if (traits.argument === undefined) return Result.fail(`${kind} takes no argument; write ${kind} alone`)
    const value = traits.argument.read(argument.slice(1))
    if (value === undefined)
      return Result.fail(`${kind}${argument}: the argument is ${traits.argument.expected}`)
    fields[traits.argument.field] = value
  }
  const options: Array<readonly [OptionName, string]> = [...readPlace(place ?? "")]
  for (const option of tail) {
    const [name = "", ...value] = option.split("=")
    const known = optionNames.find((each) => each === name)
    if (known === undefined || value.length === 0)
      return Result.fail(
        `"/${option}" is no option; write ${optionNames.map((each) => `${each}=…`).join(", ")}`,
      )
    const [said = "", ...place] = value.join("=").split("@")
    if (known !== "stream" && place.length > 0)
      return Result.fail(
        `"@${place.join("@")}" comes before the first "/": ${head}@${place.join("@")}/${name}=${said}`,
      )
    options.push([known, value.join("=")])
  }
  const given = new Set<OptionName>()
  for (const [name, value] of options) {
    if (given.has(name)) return Result.fail(`"${name}" is said twice; leave one of them out`)
    given.add(name)
    const read = readOption(name, value)
    if (Result.isFailure(read)) return Result.fail(read.failure)
    Object.assign(fields, read.success)
  }
  return checked(fields)
}

const decode = Schema.decodeUnknownResult(Fault)

const optionOf: Readonly<Record<string, OptionName>> = {
  atMillis: "at",
  ageMillis: "age",
  everyMillis: "every",
  forMillis: "for",
  probability: "p",
}

/** What holds for a fault however it was given. */
const checked = (fields: Readonly<Record<string, unknown>>): Result.Result<Fault, string> => {
  const { kind } = fields
  if (typeof kind !== "string" || !isFaultKind(kind))
    return Result.fail(
      `there is no fault "${String(kind)}"; it is one of ${Object.keys(faultKinds).join(", ")}`,
    )
  for (const field of Object.keys(fields)) {
    const option = optionOf[field] ?? optionNames.find((each) => each === field)
    const objection = option === undefined ? undefined : optionObjection(kind, option)
    if (objection !== undefined) return Result.fail(`${kind} with "${option}": ${objection}`)
  }
  if (fields["atMillis"] !== undefined && fields["ageMillis"] !== undefined)
    return Result.fail(`at is a time of the simulator, age one of each connection; say one of them`)
  if (kind === "sequence-reset" && fields["every"] !== undefined)
    return Result.fail("sequence-reset strikes the venue by time; write at=5s or every=10s")
  if (fields["messages"] === "late" && fields["forMillis"] === undefined)
    return Result.fail("messages that come late come when the stall ends; add /for=8s")
  const fault = decode(fields)
  if (Result.isFailure(fault)) return Result.fail(String(fault.failure))
  return saysWhen(fault.success)
    ? Result.succeed(fault.success)
    : Result.fail(
        `say when: ${kind}@5s, ${kind}/every=10s${kind === "sequence-reset" ? "" : `, ${kind}/every=1000, ${kind}/age=5s, ${kind}/p=0.01`}`,
      )
}

/**
 * Reads `disconnect@5s,drop:3@btcusdt@trade/every=1000,stall@10s/for=8s`: the grammar is in docs/SIMULATOR.md.
 */
export const parseFaults = (text: string): Result.Result<FaultSchedule, FaultSyntaxError> => {
  const parts = text.split(",").map((part) => part.trim())
  const faults: Array<Fault> = []
  for (const [index, part] of parts.entries()) {
    const read = readFault(part)
    if (Result.isFailure(read))
      return Result.fail(new FaultSyntaxError({ number: index + 1, text: part, problem: read.failure }))
    faults.push(read.success)
  }
  return Result.succeed(faults)
}

/** A schedule as text or as data, checked. */
export const readSchedule = (
  given: string | FaultSchedule,
): Result.Result<FaultSchedule, FaultSyntaxError> => {
  if (typeof given === "string") return parseFaults(given)
  for (const [index, fault] of given.entries()) {
    const { failure } = Result.match(checked(fault), {
      onFailure: (problem) => ({ failure: problem }),
      onSuccess: () => ({ failure: undefined }),
    })
    if (failure !== undefined)
      return Result.fail(
        new FaultSyntaxError({ number: index + 1, text: JSON.stringify(fault), problem: failure }),
      )
  }
  return Result.succeed(given)
}

/** The text that reads as this fault. */
export const formatFault = (fault: Fault): string => {
  const { argument } = faultKinds[fault.kind]
  const fields: Fields = { ...fault }
  const value = argument === undefined ? undefined : fields[argument.field]
  const head =
    argument === undefined || value === undefined ? fault.kind : `${fault.kind}:${argument.write(value)}`
  const {
    ageMillis,
    atMillis,
    connection,
    every,
    everyMillis,
    forMillis,
    probability,
    stream,
    times,
    venue,
  } = fault
  const at = atMillis === undefined ? "" : `@${writeTime(atMillis)}`
  const where = stream === undefined ? "" : `@${stream.replaceAll("/", "*")}`
  const options = {
    age: ageMillis === undefined ? undefined : writeTime(ageMillis),
    every: every ?? (everyMillis === undefined ? undefined : writeTime(everyMillis)),
    for: forMillis === undefined ? undefined : writeTime(forMillis),
    times,
    p: probability,
    venue,
    connection,
    on: fields["on"],
  }
  const shown = Object.entries(options).map(([name, each]) => (each === undefined ? "" : `/${name}=${each}`))
  return `${head}${at}${where}${shown.join("")}`
}
