import { writeFileSync } from "node:fs"
import { compile } from "./compile.ts"

const segments = new URL("../../layers/journal/segments/", import.meta.url)
const base64 = await compile(new URL("Checksum.wat", segments))
const lines = base64.match(/.{1,100}/g) ?? []

/** A test fails when this was forgotten. */
writeFileSync(
  new URL("ChecksumModule.ts", segments),
  `/** Checksum.wat, compiled by \`npm run webassembly\`; base64. */
export const checksumModule =
${lines.map((line) => `  "${line}"`).join(" +\n")}
`,
)
