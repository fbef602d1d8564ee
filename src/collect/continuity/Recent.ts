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

/** Whether the key is new; it is remembered then. */
export const isNew = (recent: Recent, key: string): boolean => {
  if (ascends(recent.newest, key)) {
    recent.newest = key
    recent.behind = 0
  } else if (recent.keys.includes(key)) return false
  else if (++recent.behind >= remembered) recent.newest = key
  recent.keys[recent.next] = key
  recent.next = (recent.next + 1) % remembered
  return true
}
