import type { ContinuityView, GapHistory, StreamContinuity } from "../../../services/ContinuityHistory.ts"
import { count, duration, percent, time } from "./Format.ts"
import { type Html, html, nothing } from "./Html.ts"
import { timeline } from "./Timeline.ts"

/** What is least complete stands first. */
const byTrouble = (left: StreamContinuity, right: StreamContinuity): number =>
  (left.completeness ?? 101) - (right.completeness ?? 101) || (left.key < right.key ? -1 : 1)

const missingOf = ({ missing, missingMillis }: StreamContinuity): string =>
  [
    ...(missing > 0 || missingMillis === 0 ? [count(missing)] : []),
    ...(missingMillis > 0 ? [duration(missingMillis)] : []),
  ].join(" and ")

const streamRow = (view: ContinuityView, stream: StreamContinuity): Html =>
  html`<tr>
    <th scope="row">${stream.venue} <b>${stream.symbol}</b> ${stream.dataType}</th>
    <td class="number ${stream.completeness === 100 || stream.completeness === null ? "" : "wrong"}">
      ${percent(stream.completeness)}
    </td>
    <td class="number">${count(stream.received)}</td>
    <td class="number">${count(stream.repaired)}</td>
    <td class="number">${missingOf(stream)}</td>
    <td class="number">${count(stream.gaps)}</td>
    <td class="line">${timeline(view, stream)}</td>
  </tr> `

export const streamsTable = (view: ContinuityView): Html => {
  if (view.streams.length === 0)
    return html`<p>
      Nothing was collected in this
      window${view.since === null ? "" : `; the history begins at ${time(view.since, "minute")}`}.
    </p>`
  return html`<table>
    <thead>
      <tr>
        <th>stream</th>
        <th>complete</th>
        <th>received</th>
        <th>repaired</th>
        <th>missing</th>
        <th>gaps</th>
        <th class="line"><span>${time(view.from, "minute")}</span><span>${time(view.to, "minute")}</span></th>
      </tr>
    </thead>
    <tbody>
      ${view.streams.toSorted(byTrouble).map((stream) => streamRow(view, stream))}
    </tbody>
  </table>`
}

const sequences = ({ from, to }: GapHistory): string =>
  from.sequence === undefined
    ? ""
    : to.sequence === undefined || to.sequence === from.sequence
      ? String(from.sequence)
      : `${from.sequence} to ${to.sequence}`

const states: Readonly<Record<GapHistory["repair"], string>> = {
  none: "missing for good",
  pending: "being asked for",
  partial: "filled in part",
  complete: "complete",
}

const stateOf = ({ repair, repairedBy, to }: GapHistory): string => {
  if (to.timestamp === undefined && repair !== "complete") return "open"
  return repairedBy === undefined ? states[repair] : `${states[repair]}, by ${repairedBy}`
}

const lasted = ({ from, to }: GapHistory): string =>
  from.timestamp === undefined || to.timestamp === undefined
    ? ""
    : duration(Math.max(0, to.timestamp - from.timestamp))

const gapRow = (gap: GapHistory): Html =>
  html`<tr>
    <th scope="row">${gap.stream}</th>
    <td>${gap.cause}</td>
    <td>${gap.from.timestamp === undefined ? "" : time(gap.from.timestamp)}</td>
    <td class="number">${lasted(gap)}</td>
    <td>${sequences(gap)}</td>
    <td class="number">${gap.missing === undefined ? "" : count(gap.missing)}</td>
    <td class="number">${gap.missing === undefined ? "" : count(gap.repaired)}</td>
    <td
      class="${gap.repair === "complete" ? "" : "wrong"}"
      title="${gap.revisions
        .map(({ at, repair, revision }) => `${revision}. ${repair} at ${time(at)}`)
        .join("\n")}"
    >
      ${stateOf(gap)}
    </td>
  </tr> `

export const gapsTable = ({ gaps, gapsLeftOut }: ContinuityView): Html => {
  if (gaps.length === 0) return html`<p>No gaps.</p>`
  const more = gapsLeftOut === 0 ? nothing : html`<p>${count(gapsLeftOut)} older ones are not listed.</p>`
  return html`<table>
      <thead>
        <tr>
          <th>stream</th>
          <th>cause</th>
          <th>from</th>
          <th>lasted</th>
          <th>sequences</th>
          <th>missing</th>
          <th>repaired</th>
          <th>now</th>
        </tr>
      </thead>
      <tbody>
        ${gaps.map(gapRow)}
      </tbody>
    </table>
    ${more}`
}
