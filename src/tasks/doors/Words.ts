/**
 * What the doors say. Callers of the actions have always been answered in Chinese, and some compare the words; an event
 * with `"language": "en"` is answered in English, as the command line asks.
 */
export type Language = "zh" | "en"

export type Words = Readonly<Record<Language, string>>

const say = (zh: string, en: string): Words => ({ zh, en })

/** `message` of an answer: what was done, or could not be. */
export const messages = {
  created: say("任务创建成功", "task created"),
  updated: say("任务更新成功", "task updated"),
  removed: say("任务删除成功", "task removed"),
  stopped: say("任务已停止", "task stopped"),
  started: say("任务已启动", "task started"),
  ran: say("任务执行完成", "task run"),
  rolledBack: say("任务回滚成功", "task rolled back"),
  ranDue: say("到期任务执行完成", "due tasks run"),
  synced: say("配置同步成功", "configuration taken over"),
  initialised: say("初始化完成", "started"),
  invalid: say("任务信令验证失败", "the event is not valid"),
  unknownEvent: say("未知的事件类型", "no such event"),
  createFailed: say("任务创建失败", "the task was not created"),
  updateFailed: say("任务更新失败", "the task was not updated"),
  removeFailed: say("任务删除失败", "the task was not removed"),
  queryFailed: say("任务查询失败", "the tasks could not be asked"),
  stopFailed: say("任务停止失败", "the task was not stopped"),
  startFailed: say("任务启动失败", "the task was not started"),
  runFailed: say("任务执行失败", "the task was not run"),
  rollbackFailed: say("任务回滚失败", "the task was not rolled back"),
  syncFailed: say("配置同步失败", "the configuration was not taken over"),
  probeFailed: say("心跳探测失败", "the probe was not answered"),
  tooLarge: say("请求体过大", "the body is too large"),
  defect: say("内部错误", "a defect of Millrace"),
} as const satisfies Record<string, Words>

const kinds = {
  string: say("字符串", "a text"),
  number: say("数字", "a number"),
  boolean: say("布尔值", "a boolean"),
  array: say("数组", "a list"),
  object: say("对象", "an object"),
  null: say("null", "null"),
  wholeNumber: say("整数", "a whole number"),
} as const

export type Kind = keyof typeof kinds

const kindOf = (value: unknown): Words => {
  if (value === null) return kinds.null
  if (typeof value === "number" && !Number.isInteger(value)) return say(String(value), String(value))
  if (Array.isArray(value)) return kinds.array
  const type = typeof value
  return type in kinds ? kinds[type as Kind] : say(type, type)
}

const quoted = (value: string): string =>
  JSON.stringify(value.length > 200 ? `${value.slice(0, 200)}…` : value)

const list = (names: ReadonlyArray<string>): string => names.map(quoted).join(", ")

/** `error` of an answer: which field, which value, and what would do. */
export const problems = {
  empty: (field: string) => say(`${field}不能为空`, `${field} is required`),
  wrongKind: (field: string, wanted: Kind, value: unknown) =>
    say(
      `${field}类型错误: 应为${kinds[wanted].zh}, 实际为${kindOf(value).zh}`,
      `${field} has to be ${kinds[wanted].en}, not ${kindOf(value).en}`,
    ),
  outOfRange: (field: string, value: number, least: number, most: number) =>
    say(
      `${field}超出范围: ${value}, 应为${least}到${most}`,
      `${field} is ${value}: ${least} to ${most} is expected`,
    ),
  notOneOf: (field: string, value: string, known: ReadonlyArray<string>, nearest: string | undefined) =>
    nearest === undefined
      ? say(
          `${field}无效: ${quoted(value)}, 可选值: ${list(known)}`,
          `${field} ${quoted(value)} is not known: ${list(known)}`,
        )
      : say(
          `${field}无效: ${quoted(value)}, 是否为${quoted(nearest)}?`,
          `${field} ${quoted(value)} is not known; did you mean ${quoted(nearest)}?`,
        ),
  badName: (field: string, value: string, longest: number) =>
    say(
      `${field}无效: ${quoted(value)}, 最多${longest}个字符, 不含控制字符`,
      `${field} ${quoted(value)}: at most ${longest} characters, and none that cannot be seen`,
    ),
  badText: (field: string, value: string) =>
    say(
      `${field}无效: ${quoted(value)}含有无法保存的字符`,
      `${field} ${quoted(value)} has a character that cannot be kept: half of one, or NUL`,
    ),
  badTime: (field: string, value: string) =>
    say(
      `${field}格式错误: ${quoted(value)}, 应为RFC 3339时间, 例如2024-01-01T00:00:00Z`,
      `${field} ${quoted(value)} is no time: RFC 3339 is expected, such as 2024-01-01T00:00:00Z`,
    ),
  badFrequency: (field: string, value: string, reason: string) =>
    say(
      `${field}无效: ${quoted(value)} (${reason}), 应为5m, 1h, 1d等周期, cron表达式, once或stream`,
      `${field} ${quoted(value)} (${reason}): an interval such as 5m, 1h or 1d is expected, a cron expression, once or stream`,
    ),
  neverFires: (field: string, value: string) =>
    say(`${field}无效: ${quoted(value)}永远不会触发`, `${field} ${quoted(value)} never fires`),
  windowEndsFirst: (start: string, end: string) =>
    say(
      `end_time必须晚于start_time: start_time=${start}, end_time=${end}`,
      `the window ends before it starts: start_time is ${start}, end_time ${end}`,
    ),
  nothingToChange: say("没有可更新的字段", "there is nothing to change"),
  taskExists: (id: string) => say(`task_id已存在: ${id}`, `there is a task ${id} already`),
  taskUnknown: (id: string) => say(`任务不存在: ${id}`, `there is no task ${id}`),
  notJson: (detail: string) =>
    say(`请求体不是合法的JSON对象: ${detail}`, `the body is no JSON object: ${detail}`),
  defect: (detail: string) => say(`${detail}, 详见日志`, `${detail}; the log has all of it`),
  tooLarge: (most: string) => say(`请求体超过${most}`, `more than ${most}`),
  unknownEvent: (field: string, value: unknown, known: ReadonlyArray<string>) => {
    const shown = typeof value === "string" ? quoted(value) : kindOf(value).en
    return say(
      `ErrUnknownEventType: ${field}=${shown}, 可选值: ${list(known)}`,
      `ErrUnknownEventType: ${field} is ${shown}: ${list(known)}`,
    )
  },
  noEvent: say(
    "ErrUnknownEventType: 缺少action或type",
    "ErrUnknownEventType: neither action nor type is there",
  ),
  nested: say("事件嵌套过深", "an event of a gateway within another"),
  noNode: say("本进程未启用节点功能", "this process is no node"),
  noAnswer: (seconds: number) =>
    say(`任务表${seconds}秒内未应答`, `the task table did not answer within ${seconds} seconds`),
} as const

/** As it is in every language: what another part has said. */
export const asIs = (text: string): Words => say(text, text)

export const joined = (all: ReadonlyArray<Words>): Words =>
  say(all.map(({ zh }) => zh).join("; "), all.map(({ en }) => en).join("; "))
