/** A venue's connections, from its configuration section. Durations in milliseconds. */
export interface ConnectionSettings {
  readonly max: number
  readonly streamsPerConnection: number
  readonly reconnectDelay: number
  readonly maxReconnectDelay: number
  readonly heartbeatInterval: number
  /** A connection is replaced by a new one before it is so old; before the venue cuts it unless given. */
  readonly maxAge?: number
}

/** A subscribe message without an answer for so long means that the connection is not what it seems. */
export const acknowledgementTimeout = 10_000

/** Handshakes that take longer are given up; sooner where two heartbeats are less. */
export const handshakeTimeoutMillis = 10_000

/** Whatever a peer keeps waiting for is given up within two heartbeats. */
export const withinHeartbeats = (millis: number, { heartbeatInterval }: ConnectionSettings): number =>
  Math.min(millis, 2 * heartbeatInterval)

/**
 * A connection is left an hour of twenty-four before the venue cuts it, or at the configured age where that is less.
 */
export const maxAgeOf = (configured: number | undefined, connectionLifeMillis: number): number =>
  Math.min(configured ?? Number.POSITIVE_INFINITY, connectionLifeMillis * (23 / 24))

/** The largest message a venue has any reason to send (a full book is about 1 MiB). */
export const maxFrameBytes = 8 * 1024 * 1024

/** Doubles from `first` to `max`; a tenth of jitter either way keeps a fleet from coming back in step. */
export const reconnectDelay = (settings: ConnectionSettings, failuresInRow: number, random: number): number =>
  Math.min(settings.maxReconnectDelay, settings.reconnectDelay * 2 ** Math.max(0, failuresInRow - 1)) *
  (0.9 + 0.2 * random)

/** Streams that deliver nothing for two heartbeats after their acknowledgement are named, but not before a minute. */
export const silentAfter = (settings: ConnectionSettings): number =>
  Math.max(60_000, 2 * settings.heartbeatInterval)
