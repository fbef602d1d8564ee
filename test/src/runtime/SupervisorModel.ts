import type { Restart, Strategy } from "../../../src/runtime/ChildSpec.ts"

/** One incarnation of a child: what it does of itself, and how it takes a stop. Times in milliseconds. */
export interface Life {
  /** Says ready so long after its start; never if that is not before its end. */
  readonly readyAfter: number
  readonly lasts: number
  readonly how: "crashes" | "ends"
  /** How long it needs to end once it is asked to. */
  readonly stopTakes: number
}

export interface ChildScript {
  readonly id: string
  readonly restart: Restart
  readonly shutdown: number
  readonly stuckAfter: number
  /** The last one repeats. */
  readonly lives: ReadonlyArray<Life>
}

export interface Scenario {
  readonly strategy: Strategy
  readonly max: number
  readonly within: number
  readonly backoff: { readonly first: number; readonly max: number }
  readonly resetAfter: number
  readonly startTimeout: number
  readonly children: ReadonlyArray<ChildScript>
  readonly interruptAt: number
}

export interface Prediction {
  /** `120 +b`: b started at 120. `-b`: it ended. `.`: the supervisor did. */
  readonly trace: ReadonlyArray<string>
  readonly outcome: "finished" | "interrupted" | `exceeded by ${string}` | `stuck at ${string}`
  readonly starts: Readonly<Record<string, number>>
}

/** What is next for the supervisor as a whole. One thing after the other; a new failure writes the list anew. */
type Task = { readonly stop: ModelChild } | { readonly start: ModelChild }

interface ModelChild {
  readonly script: ChildScript
  readonly position: number
  starts: number
  /** It runs, and does this next. */
  alive:
    | { readonly since: number; readonly life: Life; ready: boolean; stopAsked: number | undefined }
    | undefined
  /** It is to be started, not before this. */
  due: number | undefined
  failures: number
  /** Still alive, and past its deadline. */
  late: boolean
}

/**
 * What OTP's rules make of a scenario: a list of stops and starts that is worked off one after the other, and written
 * anew at each failure. It knows nothing of fibers, clocks or mailboxes, and is written in another way than the
 * supervisor it judges, which decides anew from flags at each moment. `ambiguous`: two things come at the same moment,
 * between which nothing decides.
 */
export const predict = (scenario: Scenario): Prediction | "ambiguous" => {
  const { strategy, children: scripts } = scenario
  const grouped = strategy !== "one_for_one"
  const trace: Array<string> = []
  const restarts: Array<number> = []
  const children: ReadonlyArray<ModelChild> = scripts.map((script, position) => ({
    script,
    position,
    starts: 0,
    alive: undefined,
    due: 0,
    failures: 0,
    late: false,
  }))
  let tasks: ReadonlyArray<Task> = children.map((start) => ({ start }))
  let outcome: Prediction["outcome"] | undefined
  let now = 0

  const say = (what: string) => trace.push(`${now} ${what}`)
  const stopping = (child: ModelChild) => child.alive?.stopAsked !== undefined
  const descending = (all: ReadonlyArray<ModelChild>) => all.toSorted((a, b) => b.position - a.position)
  const ascending = (all: ReadonlyArray<ModelChild>) => all.toSorted((a, b) => a.position - b.position)

  const close = (why: Prediction["outcome"]) => {
    if (outcome === undefined || (why.startsWith("stuck") && !outcome.startsWith("stuck"))) outcome = why
    for (const child of children) child.due = undefined
    tasks = descending(children.filter((child) => child.alive !== undefined)).map((stop) => ({ stop }))
  }

  const start = (child: ModelChild) => {
    const { lives } = child.script
    const life = lives[Math.min(child.starts, lives.length - 1)]!
    child.starts++
    child.due = undefined
    child.alive = { since: now, life, ready: life.readyAfter === 0, stopAsked: undefined }
    say(`+${child.script.id}`)
    if (life.lasts === 0) endsByItself(child)
  }

  const isDown = (child: ModelChild) => {
    child.alive = undefined
    child.late = false
    say(`-${child.script.id}`)
  }

  const endsByItself = (child: ModelChild) => {
    const { life, since } = child.alive!
    const toBeStopped = tasks.some((task) => "stop" in task && task.stop === child)
    isDown(child)
    // It comes before its stop did: no crash.
    if (toBeStopped || outcome !== undefined) return
    const { restart } = child.script
    if (restart === "temporary" || (restart === "transient" && life.how === "ends")) return
    restarts.push(now)
    if (restarts.filter((at) => at >= now - scenario.within).length > scenario.max)
      return close(`exceeded by ${child.script.id}`)
    if (now - since >= scenario.resetAfter) child.failures = 0
    child.due = now + Math.min(scenario.backoff.first * 2 ** child.failures++, scenario.backoff.max)
    if (!grouped) return
    const group = children.filter(
      (other) => other !== child && (strategy === "one_for_all" || other.position > child.position),
    )
    const again = group.filter((other) => other.script.restart !== "temporary")
    for (const other of again) other.due = Math.max(other.due ?? 0, child.due)
    for (const other of group) if (other.script.restart === "temporary") other.due = undefined
    const toStop = group.filter((other) => other.alive !== undefined)
    const alreadyToStop = tasks.flatMap((task) => ("stop" in task ? [task.stop] : []))
    tasks = [
      ...descending([...new Set([...toStop, ...alreadyToStop])]).map((stop) => ({ stop })),
      ...ascending(children.filter((other) => other.due !== undefined)).map((next) => ({ start: next })),
    ]
  }

  const askToStop = (child: ModelChild) => {
    child.alive!.stopAsked = now
    if (child.alive!.life.stopTakes === 0) isDown(child)
  }

  /** Whether the first task is done; `undefined`: it can be begun now. */
  const isDone = (task: Task): boolean | undefined => {
    if ("stop" in task) {
      if (task.stop.alive === undefined || task.stop.late) return true
      return stopping(task.stop) ? false : undefined
    }
    const child = task.start
    // Alone in its trouble, it had its turn with its first end.
    if (!grouped && child.starts > 1) return true
    if (child.alive !== undefined) return child.alive.ready && !stopping(child)
    if (child.due === undefined) return true
    if (!grouped) return child.starts > 0 ? true : undefined
    return child.due <= now && !children.some((other) => other.late) ? undefined : false
  }

  const workOff = () => {
    while (true) {
      const restarted =
        grouped || outcome !== undefined
          ? undefined
          : children.find((child) => child.starts > 0 && child.due !== undefined && child.due <= now)
      const task = tasks[0]
      const done = task === undefined ? false : isDone(task)
      const first = task !== undefined && "start" in task && done === undefined ? task.start : undefined
      if (restarted !== undefined && (first === undefined || restarted.position < first.position))
        start(restarted)
      else if (done === true) tasks = tasks.slice(1)
      else if (first !== undefined) start(first)
      else if (task !== undefined && "stop" in task && done === undefined) askToStop(task.stop)
      else return
    }
  }

  /** Everything that time brings, the next first. */
  const coming = () => {
    const events: Array<{ readonly at: number; readonly happens: () => void }> = []
    for (const child of children) {
      const { alive, script } = child
      if (alive === undefined) {
        if (child.due !== undefined && child.due > now) events.push({ at: child.due, happens: () => {} })
      } else if (alive.stopAsked === undefined) {
        const { life, since } = alive
        if (!alive.ready) {
          const ready = since + Math.min(life.readyAfter, scenario.startTimeout)
          if (ready < since + life.lasts) events.push({ at: ready, happens: () => void (alive.ready = true) })
        }
        if (life.lasts < Infinity) events.push({ at: since + life.lasts, happens: () => endsByItself(child) })
      } else {
        const asked = alive.stopAsked
        const down = asked + alive.life.stopTakes
        const late = asked + script.shutdown
        const stuck = asked + script.stuckAfter
        if (!child.late && down > late) events.push({ at: late, happens: () => void (child.late = true) })
        else if (down > stuck)
          events.push({
            at: stuck,
            happens: () => {
              child.alive = undefined
              child.late = false
              close(`stuck at ${script.id}`)
            },
          })
        else events.push({ at: down, happens: () => isDown(child) })
      }
    }
    if (outcome === undefined) events.push({ at: scenario.interruptAt, happens: () => close("interrupted") })
    return events.toSorted((a, b) => a.at - b.at)
  }

  const over = () =>
    tasks.length === 0 && children.every((child) => child.alive === undefined && child.due === undefined)

  workOff()
  while (!over()) {
    const [next, second] = coming()
    if (next === undefined) throw new Error(`nothing comes: ${JSON.stringify(scenario)}`)
    if (second !== undefined && second.at === next.at) return "ambiguous"
    now = next.at
    next.happens()
    workOff()
  }
  say(".")
  const starts = Object.fromEntries(children.map((child) => [child.script.id, child.starts]))
  return { trace, outcome: outcome ?? "finished", starts }
}
