import type { ContinuityView } from "../../../services/ContinuityHistory.ts"
import { count, time } from "./Format.ts"
import { type Html, html, nothing } from "./Html.ts"
import { type Parameters } from "./Query.ts"
import { style } from "./Style.ts"
import { gapsTable, streamsTable } from "./Tables.ts"
import { looks } from "./Timeline.ts"

const windows = [
  ["1h", "hour"],
  ["6h", "6 hours"],
  ["24h", "day"],
  ["7d", "week"],
  ["30d", "30 days"],
] as const

/** The same page with one parameter changed. */
const link = (parameters: Parameters, change: Parameters): string => {
  const merged = Object.entries({ ...parameters, ...change }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as [string, string]],
  )
  return `?${new URLSearchParams(merged).toString()}`
}

const chooser = (parameters: Parameters): Html => {
  const chosen = parameters["from"] === undefined ? (parameters["window"] ?? "1h") : undefined
  const links = windows.map(([window, name]) =>
    window === chosen
      ? html`<b>${name}</b> `
      : html`<a href="${link(parameters, { window, from: undefined, to: undefined })}">${name}</a> `,
  )
  const field = (name: string, hint: string): Html =>
    html`<label
      >${name} <input name="${name}" value="${parameters[name] ?? ""}" placeholder="${hint}"
    /></label> `
  const fields = [
    field("venue", "binance"),
    field("symbol", "BTC-USDT"),
    field("dataType", "trade"),
    field("from", "2026-11-22 13:00"),
    field("to", "now"),
  ]
  const window =
    chosen === undefined ? nothing : html`<input type="hidden" name="window" value="${chosen}" />`
  return html`<nav>The last ${links}</nav>
    <form>${fields}${window}<button>show</button></form>`
}

const totals = ({ gaps, gapsLeftOut, streams }: ContinuityView): Html => {
  const sum = (valueOf: (stream: ContinuityView["streams"][number]) => number) =>
    count(streams.reduce((total, stream) => total + valueOf(stream), 0))
  const whole = streams.filter(({ completeness }) => completeness === 100).length
  return html`<p class="totals">
    <b>${count(whole)}</b> of <b>${count(streams.length)}</b> streams complete ·
    <b>${sum(({ received }) => received)}</b> received · <b>${sum(({ repaired }) => repaired)}</b> repaired ·
    <b>${sum(({ missing }) => missing)}</b> missing · <b>${count(gaps.length + gapsLeftOut)}</b> gaps
  </p>`
}

const legend = html`<p class="legend">
  ${looks.map(
    ([look, meaning]) =>
      html`<span
        ><svg viewBox="0 0 1 1"><rect class="${look}" width="1" height="1" /></svg> ${meaning}</span
      > `,
  )}
</p>`

const body = (view: ContinuityView): Html =>
  html`<p>${time(view.from, "minute")} to ${time(view.to, "minute")}, UTC</p>
    ${totals(view)} ${streamsTable(view)} ${legend}
    <h2>Gaps</h2>
    ${gapsTable(view)}`

const problem = (error: string): Html => html`<p class="problem" role="alert">${error}</p>`

/** The page: complete in itself, without a script, so that it works wherever the API does. */
export const page = (
  parameters: Parameters,
  shown: { readonly view: ContinuityView } | { readonly error: string },
): string => {
  // One that ends now shows what comes.
  const follows = "view" in shown && parameters["to"] === undefined
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        ${follows ? html`<meta http-equiv="refresh" content="30" />` : nothing}
        <title>Continuity · Millrace</title>
        <style>
          ${{ html: style }}
        </style>
      </head>
      <body>
        <h1>Continuity</h1>
        ${chooser(parameters)} ${"view" in shown ? body(shown.view) : problem(shown.error)}
        <footer>
          The same for programs: <a href="/api/v1/continuity${link(parameters, {})}">/api/v1/continuity</a>
        </footer>
      </body>
    </html> `.html
}
