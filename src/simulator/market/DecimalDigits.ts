/** The digits of a whole number with the point put before the last `decimals` of them: exact, without a double. */
export const fixed = (digits: string, decimals: number): string => {
  if (decimals === 0) return digits
  if (digits.startsWith("-")) return `-${fixed(digits.slice(1), decimals)}`
  const point = digits.length - decimals
  return point > 0
    ? `${digits.slice(0, point)}.${digits.slice(point)}`
    : `0.${digits.padStart(decimals, "0")}`
}

/** The same with zeros after it, up to `shown` decimals: Binance spot prints 8 of them, whatever the tick. */
export const padded = (digits: string, decimals: number, shown: number): string =>
  fixed(shown > decimals ? digits + "0".repeat(shown - decimals) : digits, Math.max(decimals, shown))
