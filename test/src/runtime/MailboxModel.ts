import type { MailboxPolicy } from "../../../src/runtime/Mailbox.ts"

export interface Message {
  readonly id: number
  readonly key: string
  readonly size: number
}

/** `by` names the fiber that waits, for its answer and its interruption. */
export type Action =
  | { readonly does: "offerUnsafe"; readonly by: number; readonly message: Message }
  | { readonly does: "offer"; readonly by: number; readonly message: Message }
  | { readonly does: "take"; readonly by: number }
  | { readonly does: "takeAll"; readonly by: number }
  | { readonly does: "interrupt"; readonly by: number }
  | { readonly does: "end" }

export interface ModelOptions {
  readonly policy: MailboxPolicy
  readonly items: number
  readonly bytes: number
}

/**
 * What a mailbox promises, on plain lists, with everything that can happen at once happening before the next action.
 * `said`: the answers in the order of their fibers, such as `3: true`, `4: 7,8`, `5: done`; and `drop 7`.
 */
export const makeModel = ({ policy, items, bytes }: ModelOptions) => {
  let queue: ReadonlyArray<Message> = []
  let offers: ReadonlyArray<{ readonly by: number; readonly message: Message }> = []
  let takers: ReadonlyArray<{ readonly by: number; readonly all: boolean }> = []
  let ended = false
  let offered = 0
  let taken = 0
  let dropped = 0
  let said: Array<string> = []

  const size = (all: ReadonlyArray<Message>) => all.reduce((sum, message) => sum + message.size, 0)
  const fits = (message: Message) =>
    queue.length === 0 || (queue.length < items && size(queue) + message.size <= bytes)

  const drop = (message: Message) => {
    dropped++
    said.push(`drop ${message.id}`)
  }

  const accept = (message: Message) => {
    offered++
    const same = policy === "conflate" ? queue.findIndex(({ key }) => key === message.key) : -1
    if (same >= 0) {
      drop(queue[same]!)
      queue = queue.with(same, message)
      while (size(queue) > bytes && queue.length > 1) {
        const oldest = queue.find((other) => other !== message)!
        drop(oldest)
        queue = queue.filter((other) => other !== oldest)
      }
      return
    }
    if (policy === "drop_newest" && !fits(message)) return drop(message)
    while (!fits(message)) {
      drop(queue[0]!)
      queue = queue.slice(1)
    }
    queue = [...queue, message]
  }

  const settle = () => {
    while (true) {
      const [offer] = offers
      const [taker] = takers
      if (offer !== undefined && fits(offer.message)) {
        offers = offers.slice(1)
        accept(offer.message)
        said.push(`${offer.by}: true`)
      } else if (taker !== undefined && queue.length > 0) {
        const got = taker.all ? queue : queue.slice(0, 1)
        takers = takers.slice(1)
        queue = queue.slice(got.length)
        taken += got.length
        said.push(`${taker.by}: ${got.map(({ id }) => id).join()}`)
      } else if (taker !== undefined && ended && offers.length === 0) {
        takers = takers.slice(1)
        said.push(`${taker.by}: done`)
      } else return
    }
  }

  const begin = (action: Action) => {
    switch (action.does) {
      case "offerUnsafe":
      case "offer": {
        const waits = policy === "block" && (offers.length > 0 || !fits(action.message))
        if (action.does === "offer") {
          if (ended) said.push(`${action.by}: false`)
          else if (waits) offers = [...offers, action]
          else {
            accept(action.message)
            said.push(`${action.by}: true`)
          }
        } else if (ended) said.push(`${action.by}: ended`)
        else if (waits) said.push(`${action.by}: full`)
        else {
          accept(action.message)
          said.push(`${action.by}: taken`)
        }
        return
      }
      case "take":
      case "takeAll":
        takers = [...takers, { by: action.by, all: action.does === "takeAll" }]
        return
      case "interrupt":
        offers = offers.filter(({ by }) => by !== action.by)
        takers = takers.filter(({ by }) => by !== action.by)
        return
      case "end":
        ended = true
    }
  }

  return {
    waiting: () => [...offers, ...takers].map(({ by }) => by),
    apply: (action: Action): { readonly said: ReadonlyArray<string>; readonly stats: object } => {
      said = []
      begin(action)
      settle()
      const stats = {
        items: queue.length,
        bytes: size(queue),
        offered,
        taken,
        dropped,
        waitingOffers: offers.length,
        ended,
      }
      return { said: said.toSorted(), stats }
    },
  }
}
