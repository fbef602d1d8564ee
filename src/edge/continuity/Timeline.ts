import type { ContinuityView, StreamContinuity } from "../../../services/ContinuityHistory.ts"
import { percent, time } from "./Format.ts"
import { type Html, html } from "./Html.ts"

/** How a step looks: grey where the stream was not collected. */
const lookOf = (completeness: number | null, repaired: boolean): string => {
  if (completeness === null) return "absent"
  if (completeness === 100) return repaired ? "repaired" : "whole"
  if (completeness >= 99) return "most"
  return completeness >= 50 ? "some" : "lost"
}

/** Looks and what they mean, for the legend. */
export const looks = [
  ["whole", "complete"],
  ["repaired", "complete, some of it asked for again"],
  ["most", "99 % and more"],
  ["some", "50 % and more"],
  ["lost", "less"],
  ["absent", "not collected"],
] as const

interface Run {
  readonly first: number
  last: number
  readonly look: string
  readonly completeness: number | null
}

/** Neighbouring steps that say the same. */
const runsOf = ({ repairedSteps, timeline }: StreamContinuity): ReadonlyArray<Run> => {
  const repaired = new Set(repairedSteps)
  const runs: Array<Run> = []
  for (const [step, completeness] of timeline.entries()) {
    const look = lookOf(completeness, repaired.has(step))
    const before = runs.at(-1)
    if (before?.look === look && before.completeness === completeness) before.last = step
    else runs.push({ first: step, last: step, look, completeness })
  }
  return runs
}

/** A stream's window from left to right, coloured by completeness. Each part says what it is when it is pointed at. */
export const timeline = (view: ContinuityView, stream: StreamContinuity): Html => {
  const parts = runsOf(stream).map(({ completeness, first, last, look }) => {
    const begin = time(view.from + first * view.step, "minute")
    const end = time(Math.min(view.to, view.from + (last + 1) * view.step), "minute")
    const said = completeness === null ? "not collected" : percent(completeness)
    return html`<rect class="${look}" x="${first}" width="${last - first + 1}" height="1"
      ><title>${begin} to ${end}: ${said}</title></rect
    >`
  })
  return html`<svg
    viewBox="0 0 ${stream.timeline.length} 1"
    preserveAspectRatio="none"
    role="img"
    aria-label="${percent(stream.completeness)} of ${stream.key}"
  >
    ${parts}
  </svg>`
}
