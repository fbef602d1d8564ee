/** What a REST request asks for: the last part of its path, and its symbol as the venue writes it. */
export const endpointOf = (
  url: string,
): { readonly endpoint: string; readonly symbol: string; readonly params: URLSearchParams } => {
  const [path = "", query = ""] = url.split("?")
  const params = new URLSearchParams(query)
  return { endpoint: path.slice(path.lastIndexOf("/") + 1), symbol: params.get("symbol") ?? "", params }
}

/** The name by which a fault's pattern knows a request: `btcusdt@depth`, `@time`. */
export const requestName = (url: string): string => {
  const { endpoint, symbol } = endpointOf(url)
  return `${symbol.toLowerCase()}@${endpoint}`
}
