import type { IncomingMessage, ServerResponse } from "node:http"
import { binanceManners } from "../venues/BinanceManners.ts"
import type { Deferrals } from "./Deferrals.ts"
import type { Exchange } from "./Exchange.ts"
import type { Interference, RestReply, RestTreatment } from "./Interference.ts"
import { type WeightBudget, weightBudget } from "./Windows.ts"

/** For a request line that is no URL. */
const nowhere = new URL("http://localhost/")

const json = { "content-type": "application/json;charset=UTF-8" }

/** Answers a venue's REST requests within its weight budget, as the exchange does when the budget is spent. */
export const makeRestServer = (options: {
  readonly exchange: Exchange
  readonly now: () => number
  readonly marketNow: () => number
  readonly interference: Interference
  readonly deferrals: Deferrals
}) => {
  const { exchange, interference } = options
  const { limits, protocol } = exchange
  const { restManners: manners = binanceManners } = protocol
  const budgets = new Map<string, WeightBudget>()

  const budgetOf = (address: string): WeightBudget => {
    const known = budgets.get(address)
    if (known !== undefined) return known
    const made = weightBudget(limits)
    budgets.set(address, made)
    return made
  }

  const reply = (url: string, address: string, agoMillis: number): RestReply => {
    const { pathname, searchParams } = URL.parse(url, "http://localhost") ?? nowhere
    const answer = protocol.rest(pathname, searchParams, options.marketNow() - agoMillis, exchange)
    if (answer === undefined)
      return {
        status: 404,
        headers: json,
        body: manners.unknownPath(pathname),
      }
    const verdict = budgetOf(address).spend(answer.weight, options.now())
    if (verdict.type === "allowed")
      return {
        status: answer.status,
        headers: { ...json, ...manners.used(verdict.used) },
        body: answer.body,
      }
    const retry = { ...json, "retry-after": String(verdict.retryAfterSeconds) }
    if (verdict.type === "limited")
      return {
        status: 429,
        headers: { ...retry, ...manners.used(verdict.used) },
        body: manners.limited(limits.weightPerMinute),
      }
    return { status: 418, headers: retry, body: manners.banned(verdict.until) }
  }

  /** `undefined` to reset the connection. */
  const answerTo = (url: string, address: string, treatment: RestTreatment): RestReply | undefined => {
    if (treatment.reply === "reset") return undefined
    if (treatment.reply !== undefined) return treatment.reply
    const own = reply(treatment.url ?? url, address, treatment.agoMillis ?? 0)
    return interference.answer === undefined ? own : interference.answer(protocol.venue, url, own)
  }

  return (request: IncomingMessage, response: ServerResponse): void => {
    const url = request.url ?? "/"
    request.resume()
    const treatment = interference.request?.(protocol.venue, url) ?? {}
    options.deferrals.after(treatment.afterMillis ?? 0, () => {
      if (response.destroyed) return
      const said = answerTo(url, request.socket.remoteAddress ?? "", treatment)
      if (said === undefined) return void request.socket.resetAndDestroy()
      response.writeHead(said.status, said.headers)
      response.end(said.body)
    })
  }
}
