import { createHash, createHmac } from "node:crypto"

const hmac = (key: string, text: string): string => createHmac("sha1", key).update(text).digest("hex")

/** Every byte but letters, digits and `-_.~`. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)

type Fields = Readonly<Record<string, string>>

const sorted = (fields: Fields): ReadonlyArray<readonly [string, string]> =>
  Object.entries(fields)
    .map(([key, value]) => [key.toLowerCase(), value] as const)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))

const written = (fields: Fields): string =>
  sorted(fields)
    .map(([key, value]) => `${encode(key)}=${encode(value)}`)
    .join("&")

const names = (fields: Fields): string =>
  sorted(fields)
    .map(([key]) => key)
    .join(";")

export interface Signed {
  readonly method: string
  readonly path: string
  readonly parameters: Fields
  /** Those that are signed, as they are sent. */
  readonly headers: Fields
  /** Seconds since the epoch between which it is good. */
  readonly from: number
  readonly until: number
}

/** `Authorization` of a request to the cloud: HMAC-SHA1 over what it asks and when. */
export const authorization = (request: Signed, secretId: string, secretKey: string): string => {
  const { from, headers, method, parameters, path, until } = request
  const time = `${from};${until}`
  const asked = [method.toLowerCase(), path, written(parameters), written(headers), ""].join("\n")
  const digest = createHash("sha1").update(asked).digest("hex")
  const signature = hmac(hmac(secretKey, time), ["sha1", time, digest, ""].join("\n"))
  return [
    "q-sign-algorithm=sha1",
    `q-ak=${secretId}`,
    `q-sign-time=${time}`,
    `q-key-time=${time}`,
    `q-header-list=${names(headers)}`,
    `q-url-param-list=${names(parameters)}`,
    `q-signature=${signature}`,
  ].join("&")
}
