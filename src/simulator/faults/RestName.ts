/** How venues call the parameter that names the instrument. */
const parameters = ["symbol", "instId", "instrument_name", "contract_code", "pair"]

/** Endpoints that tell a book whole, as the venues call them. */
const books = new Set(["depth", "Depth", "books", "orderbook", "get_order_book", "book"])

/** What a REST request asks for: the last part of its path, and its instrument as the venue writes it. */
const partsOf = (url: string): { readonly endpoint: string; readonly native: string } => {
  const [path = "", query = ""] = url.split("?")
  const params = new URLSearchParams(query)
  const parts = path.split("/")
  const named = parameters.map((name) => params.get(name)).find((value) => value !== null)
  // Coinbase names it in the path.
  const placed = parts.at(-3) === "products" ? parts.at(-2) : undefined
  return { endpoint: parts.at(-1)!, native: named ?? placed ?? "" }
}

export const isBook = (url: string): boolean => books.has(partsOf(url).endpoint)

/** The name by which a fault's pattern knows a request: `btcusdt@depth`, `@time`. */
export const requestName = (url: string): string => {
  const { endpoint, native } = partsOf(url)
  return `${native.toLowerCase()}@${endpoint}`
}
