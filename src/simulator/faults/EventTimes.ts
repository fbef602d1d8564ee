/** A kline's `T` is the end of its period, which no wrong clock moves. */
const times = (text: string) => (text.includes(`"k":{`) ? /"E":(\d+)/ : /"[ET]":(\d+)/g)

/** A payload of an exchange whose clock is wrong by so many milliseconds: event and transaction times change. */
export const skewed = (text: string, by: number): string =>
  text.replace(times(text), (field, digits: string) =>
    field.replace(digits, String(Math.max(0, Math.round(Number(digits) + by)))),
  )
