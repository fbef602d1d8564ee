import { assert, describe, it } from "@effect/vitest"
import { decodeHeartbeatReply, encodeHeartbeat } from "../../../src/nodes/HeartbeatWire.ts"

const identity = {
  id: "node-abc",
  version: "v1.0.0",
  os: "linux",
  arch: "amd64",
  engine: "node24",
  cpus: 2,
}

const reply = (data: unknown) => decodeHeartbeatReply(JSON.stringify({ code: 200, message: "success", data }))

describe("what a heartbeat says", () => {
  it("has its keys in order, those of the plugin too, which count before the node's own", () => {
    const body = encodeHeartbeat(identity, "empty", {
      zeta: { b: 1, a: [{ d: 1, c: 2 }] },
      node_type: "mine",
    })
    assert.strictEqual(
      body,
      '{"metadata":{"arch":"amd64","go_version":"node24","os":"linux","version":"v1.0.0"},"node_id":"node-abc","node_type":"mine","tasks_md5":"empty","zeta":{"a":[{"c":2,"d":1}],"b":1}}',
    )
  })
})

describe("what a control plane answers", () => {
  const listed = (instance: string) =>
    decodeHeartbeatReply(`{"code":200,"data":[{"task_instances":[${instance}]}]}`)

  it("may number its tasks with 64 bits: every digit stays", () => {
    const reply = listed('{"id":1234567890123456789,"task_id":"t"}')
    assert.strictEqual("tasks" in reply ? reply.tasks?.[0]?.id : reply.objection, "1234567890123456789")
  })

  it("is refused by the place of a name that can be neither kept nor shown", () => {
    for (const name of ['"a\\u0000"', '"\\ud801"', `"${"x".repeat(2000)}"`, "5"]) {
      const reply = listed(`{"task_id":"fine"},{"task_id":${name}}`)
      assert.match("objection" in reply ? reply.objection : "", /^data\[0\]\.task_instances\[1\] is not/)
    }
  })

  const task = { id: 1, task_id: "t", rule_id: "r", planned_exec_node: "n", task_params: "{}", invalid: 0 }

  it("is a list, or the word to keep what there is, or that there is nothing", () => {
    const listed = reply([{ package_version: "v1", task_instances: [task] }])
    assert.deepInclude(listed, { packageVersion: "v1", tasks: [task] })
    assert.deepInclude(reply([{ task_instances: [] }]), { packageVersion: "", tasks: undefined })
    assert.deepInclude(reply([{ task_instances: null }]), { tasks: undefined })
    assert.deepInclude(reply([{ task_instances: [task], tasks_md5: "initializing" }]), { tasks: undefined })
    assert.deepInclude(reply([{ task_instances: [], tasks_md5: "empty" }]), { tasks: [] })
    assert.deepInclude(reply([{ task_instances: [], tasks_md5: "abc" }]), { tasks: undefined })
    assert.deepInclude(reply([]), { packageVersion: "", tasks: undefined })
  })

  it("may leave out what Go leaves out; what else an instance has is kept with it", () => {
    const { tasks } = reply([{ task_instances: [{ task_id: "t", extra: { k: "v" } }] }]) as never as {
      readonly tasks: ReadonlyArray<unknown>
    }
    assert.deepStrictEqual(tasks, [
      {
        id: 0,
        task_id: "t",
        rule_id: "",
        planned_exec_node: "",
        task_params: "",
        invalid: 0,
        extra: { k: "v" },
      },
    ])
  })

  for (const [what, body] of [
    ["no JSON", "<html>"],
    ["nothing", ""],
    ["another code", '{"code":401,"message":"no auth","data":[]}'],
    ["no code", '{"message":"success"}'],
    ["data that is no list", '{"code":200,"data":{"task_instances":[]}}'],
    ["an instance without an id", '{"code":200,"data":[{"task_instances":[{"id":1}]}]}'],
    ["a number", "7"],
  ] as const)
    it(`is refused in words where it is ${what}`, () => {
      const refused = decodeHeartbeatReply(body)
      assert.property(refused, "objection")
    })

  it("is refused by the name of what stands in the way", () => {
    const one = { ...task, task_params: { symbol: "BTC-USDT" } }
    const many = Array.from({ length: 5000 }, () => task)
    assert.deepStrictEqual(reply([{ task_instances: [...many, one, ...many] }]), {
      objection: `data[0].task_instances[5000] is not understood: ${JSON.stringify(one)}`,
    })
    assert.deepStrictEqual(decodeHeartbeatReply(" "), {
      objection: "its answer is no JSON: it is empty",
    })
  })
})
