import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeOutput } from "../../../src/domain/Decoded.ts"
import { pollRoute, type Venue } from "../../../src/exchanges/Venue.ts"
import { type Dice, withSeeds } from "../../support/seed.ts"
import type { VenueFixture } from "../Venue.ts"
import { bytesOf, channelOf, decodeFrame, outcomeOf, published, streamOf } from "./Support.ts"
import { readFrame } from "../../support/readFrame.ts"

const values = [null, true, -1, 1e300, "", "NaN", "1e400000000", "-0x1", [], {}, [["1"]], "9".repeat(400)]

/** The places of a parsed message, as paths. */
const placesOf = (value: unknown, path: ReadonlyArray<string> = []): ReadonlyArray<ReadonlyArray<string>> =>
  typeof value !== "object" || value === null
    ? [path]
    : [path, ...Object.entries(value).flatMap(([key, each]) => placesOf(each, [...path, key]))]

const changed = (value: unknown, path: ReadonlyArray<string>, put: unknown): unknown => {
  const [key, ...rest] = path
  if (key === undefined) return put
  const copy: Record<string, unknown> = Array.isArray(value)
    ? ([...value] as never)
    : { ...(value as object) }
  copy[key] = changed(copy[key], rest, put)
  return copy
}

/** A frame that the venue would not send. */
const spoil = (frame: Buffer, dice: Dice): Buffer => {
  const kind = dice.int(5)
  if (kind === 0) return frame.subarray(0, dice.int(frame.length))
  if (kind === 1) {
    const copy = Buffer.from(frame)
    for (let n = 0; n <= dice.int(4); n++) if (copy.length > 0) copy[dice.int(copy.length)] = dice.int(256)
    return copy
  }
  if (kind === 2) return Buffer.from(Array.from({ length: dice.int(300) }, () => dice.int(256)))
  try {
    const message: unknown = JSON.parse(frame.toString())
    const spoilt = changed(message, dice.pick(placesOf(message)), dice.pick(values))
    return Buffer.from(JSON.stringify(spoilt) ?? "")
  } catch {
    return Buffer.from(JSON.stringify(dice.pick(values)))
  }
}

const hold = (venue: Venue, frame: Buffer, route: string | undefined): void => {
  const output = makeOutput()
  venue.decode(readFrame(frame), 1_700_000_000_000.5, output, route)
  const outcome = outcomeOf(output)
  if (!["records", "controls", "skips", "reject"].includes(outcome))
    throw new Error(`${outcome}: ${frame.toString().slice(0, 500)}`)
  published(output.records)
}

/** Messages: field by field, and spoilt. */
export const framesContract = (fixture: VenueFixture): void => {
  describe("messages", () => {
    const { controls, make, messages, polls = [] } = fixture

    it("of every channel are in the fixture", () => {
      const shown = new Set([...messages, ...polls].map(({ dataType }) => channelOf(dataType)))
      expect(new Set(make().offers.map(channelOf))).toEqual(shown)
    })

    it.each(messages)("$what", (expected) => {
      const venue = make()
      const stream = streamOf(venue, expected)
      const { records, rejects } = decodeFrame(venue, expected.frame, undefined, stream.route)
      expect(rejects).toEqual([])
      for (const record of records) expect(record.stream).toBe(stream)
      expect(records.map(({ key, timestamp }) => [key, timestamp])).toEqual(
        expected.records.map(({ key, timestamp }) => [key, timestamp]),
      )
      expect(published(records).map(({ data }) => data)).toEqual(expected.records.map(({ data }) => data))
    })

    it.each(polls)("$what", ({ body, path, records: wanted, request, ...asked }) => {
      const venue = make()
      const stream = streamOf(venue, asked)
      expect(stream.route).toBe(pollRoute)
      const schedule = venue.polls!.schedule(stream)
      expect(schedule.everyMillis).toBeGreaterThanOrEqual(1000)
      const now = 1_700_000_000_000
      expect(schedule.requests(undefined, now)[request]!.path).toContain(path)
      const records = venue.polls!.decode(Buffer.from(body), stream, now, request)
      if ("reason" in records) throw new Error(records.detail)
      expect(records.map(({ key, timestamp }) => ({ key, timestamp }))).toEqual(
        wanted.map(({ key, timestamp }) => ({ key, timestamp })),
      )
      expect(published(records).map(({ data }) => data)).toEqual(wanted.map(({ data }) => data))
      for (const bad of ["", "<html>", "{}", "[]", body.slice(0, -2), body.replace(/[0-9]/, "x")]) {
        const read = venue.polls!.decode(Buffer.from(bad), stream, now, request)
        if (!("reason" in read)) published(read)
      }
    })

    it.effect(
      "however spoilt a frame is, it becomes one thing, and never a record that breaks the contract",
      () =>
        withSeeds(2, (dice) =>
          Effect.sync(() => {
            const venue = make()
            const frames = [
              ...messages.map((each) => [bytesOf(each.frame), streamOf(venue, each).route] as const),
              ...controls.map(({ frame, route }) => [bytesOf(frame), route] as const),
            ]
            for (let n = 0; n < 1500; n++) {
              const [frame, route] = dice.pick(frames)
              hold(venue, spoil(frame, dice), dice.chance(0.9) ? route : undefined)
            }
          }),
        ),
    )
  })
}
