import type { RestManners } from "./Protocol.ts"
import { refusalBody, refused } from "./RestQuery.ts"

const spent = (words: string): string => refusalBody(refused(-1003, words))

export const binanceManners: RestManners = {
  used: (weight) => ({ "x-mbx-used-weight": String(weight), "x-mbx-used-weight-1m": String(weight) }),
  unknownPath: (path) => `{"code":-5000,"msg":"Path ${path}, Method GET is invalid"}`,
  limited: (weightPerMinute) =>
    spent(
      `Too much request weight used; current limit is ${weightPerMinute} request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.`,
    ),
  banned: (until) =>
    spent(
      `Way too much request weight used; IP banned until ${until}. Please use WebSocket Streams for live updates to avoid bans.`,
    ),
}
