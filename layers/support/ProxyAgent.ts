import type { Agent } from "node:http"
import { HttpsProxyAgent } from "https-proxy-agent"
import { SocksProxyAgent } from "socks-proxy-agent"

/** The agent that reaches an endpoint through `http://…`, `https://…` or `socks5://…`. */
export const proxyAgent = (proxy: string): Agent =>
  proxy.startsWith("socks") ? new SocksProxyAgent(proxy) : new HttpsProxyAgent(proxy)
