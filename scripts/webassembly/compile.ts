import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import wabt from "wabt"

/** A file of WebAssembly's text, compiled; base64. */
export const compile = async (path: URL): Promise<string> => {
  const { parseWat } = await wabt()
  const parsed = parseWat(fileURLToPath(path), readFileSync(path, "utf8"), { bulk_memory: true })
  const { buffer } = parsed.toBinary({})
  parsed.destroy()
  return Buffer.from(buffer).toString("base64")
}
