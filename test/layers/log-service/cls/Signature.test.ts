import { assert, describe, it } from "@effect/vitest"
import { authorization } from "../../../../layers/log-service/cls/Signature.ts"

/** The key and the times of the cloud's own documentation of its signatures. */
const key = "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz"
const [from, until] = [1557989151, 1557996351]

describe("the signature of a request", () => {
  it("is that of the documented algorithm", () => {
    const signed = authorization(
      {
        method: "PUT",
        path: "/TemplatePrint-0.2.2-Setup-x64.msi",
        parameters: {},
        headers: { Host: "examplebucket-1250000000.cos.ap-beijing.myqcloud.com", "x-cos-acl": "public-read" },
        from,
        until,
      },
      "AKIDEXAMPLE",
      key,
    )
    assert.strictEqual(
      signed,
      "q-sign-algorithm=sha1&q-ak=AKIDEXAMPLE&q-sign-time=1557989151;1557996351&q-key-time=1557989151;1557996351&q-header-list=host;x-cos-acl&q-url-param-list=&q-signature=74cb1be4904cf16881dae2c777c40d2617472c47",
    )
  })

  it("names what is signed in order, whatever the order that it is given in", () => {
    const request = { method: "POST", path: "/structuredlog", from, until }
    const headers = { Host: "h", "Content-Type": "application/x-protobuf" }
    const one = authorization({ ...request, parameters: { topic_id: "t", b: "1" }, headers }, "id", key)
    const other = authorization(
      {
        ...request,
        parameters: { b: "1", topic_id: "t" },
        headers: { "Content-Type": "application/x-protobuf", Host: "h" },
      },
      "id",
      key,
    )
    assert.strictEqual(one, other)
    assert.include(one, "q-header-list=content-type;host&q-url-param-list=b;topic_id&")
    assert.notInclude(one, key)
  })
})
