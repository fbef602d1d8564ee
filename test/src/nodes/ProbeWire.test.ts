import { assert, describe, it } from "@effect/vitest"
import { decodeProbe } from "../../../src/nodes/ProbeWire.ts"

const objection = (body: object): string => {
  const said = decodeProbe(JSON.stringify(body))
  return "objection" in said ? said.objection : "none"
}

describe("a probe", () => {
  it("whose addresses nothing can be sent to is refused by the field: the node keeps those that it has", () => {
    for (const server_port of [-1, 65_536, 1.5, "80"])
      assert.match(objection({ server_ip: "10.0.0.1", server_port }), /server_port/, String(server_port))
    for (const server_ip of ["bad host", "h/x?", "user@h", "[::1", 5])
      assert.match(objection({ server_ip, server_port: 80 }), /server_ip/, String(server_ip))
    for (const moox_server_url of ["ftp://x", "http://", "not a url", 5])
      assert.match(objection({ moox_server_url }), /moox_server_url/, String(moox_server_url))
  })

  it("may name a host in any way, and leave out or empty what it does not know", () => {
    for (const server_ip of ["10.0.0.1", "::1", "moox.internal", "", null])
      assert.strictEqual(objection({ server_ip, server_port: 80 }), "none", String(server_ip))
    for (const moox_server_url of ["http://h:1/base", "https://h", "h:8080", "", null])
      assert.strictEqual(objection({ moox_server_url }), "none", String(moox_server_url))
    assert.strictEqual(objection({ server_ip: "", server_port: 0, storage_server_url: null }), "none")
  })
})
