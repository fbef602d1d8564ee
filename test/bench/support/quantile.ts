/** Cumulative counts by upper limit in seconds. */
export type Buckets = ReadonlyArray<readonly [limit: number, count: number]>

/** Between two looks, by a straight line within the bucket that holds it, as Prometheus does it. */
export const quantileMillis = (before: Buckets, after: Buckets, quantile: number): number => {
  const counts = after.map(([limit, count], index) => [limit, count - (before[index]?.[1] ?? 0)] as const)
  const wanted = quantile * (counts.at(-1)?.[1] ?? 0)
  const index = counts.findIndex(([, count]) => count >= wanted)
  const [limit, count] = counts[index] ?? [Infinity, 0]
  const [least, below] = counts[index - 1] ?? [0, 0]
  return (least + ((limit - least) * (wanted - below)) / (count - below)) * 1000
}
