/** A venue's connections, from its configuration section. Durations in milliseconds. */
export interface ConnectionSettings {
  readonly max: number
  readonly streamsPerConnection: number
  readonly reconnectDelay: number
  readonly maxReconnectDelay: number
  readonly heartbeatInterval: number
}

/** A subscribe message without an answer for so long means that the connection is not what it seems. */
export const acknowledgementTimeout = 10_000

/** Handshakes that take longer are given up. */
export const handshakeTimeoutMillis = 10_000

/** The largest message a venue has any reason to send (a full book is about 1 MiB). */
export const maxFrameBytes = 8 * 1024 * 1024
