/**
 * Which keys a stream without a chain had lately, so that the same event comes out once. Keys mostly ascend (an
 * exchange's sequence, a time), which costs one comparison; only a key that does not is looked for.
 */
export interface Recent {
  newest: string
  readonly keys: Array<string>
  next: number
  /** New keys in a row that did not ascend: when all that is remembered is of them, the exchange counts anew. */
  behind: number
}

/** Events back that a duplicate is known: seconds of a busy stream. */
export const remembered = 256

export const makeRecent = (): Recent => ({ newest: "", keys: [], next: 0, behind: 0 })

const ascends = (newest: string, key: string): boolean =>
  key.length === newest.length ? key > newest : key.length > newest.length

/** Remembers a key. */
export const remember = (recent: Recent, key: string): void => put(recent, key, ascends(recent.newest, key))

const put = (recent: Recent, key: string, isAhead: boolean): void => {
  if (isAhead) {
    recent.newest = key
    recent.behind = 0
  } else if (++recent.behind >= remembered) recent.newest = key
  recent.keys[recent.next] = key
  recent.next = (recent.next + 1) % remembered
}

/** Whether the key is new; it is remembered then. */
export const isNew = (recent: Recent, key: string): boolean => {
  const isAhead = ascends(recent.newest, key)
  if (!isAhead && recent.keys.includes(key)) return false
  put(recent, key, isAhead)
  return true
}

/** The newest `count` of its keys, oldest first. */
export const lastKeys = ({ keys, next }: Recent, count: number): ReadonlyArray<string> =>
  [...keys.slice(next), ...keys.slice(0, next)].slice(-count)

/** As it was when these were its newest key and its last ones, oldest first. */
export const recentOf = (newest: string, keys: ReadonlyArray<string>): Recent => ({
  newest,
  keys: [...keys],
  next: keys.length % remembered,
  behind: 0,
})
