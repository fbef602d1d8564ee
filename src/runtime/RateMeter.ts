/** How many per second over the last ten whole seconds. Marked once per batch; constant memory. */
const seconds = 10

export class RateMeter {
  private readonly counts = new Float64Array(seconds + 1)
  private first = -1
  private latest = -1

  mark(count: number, nowMillis: number): void {
    const second = Math.floor(nowMillis / 1000)
    if (this.first < 0) this.first = second
    this.moveTo(second)
    const slot = this.latest % this.counts.length
    this.counts[slot] = this.counts[slot]! + count
  }

  /** Of whole seconds only, so that a second just begun does not pull it down; 0 in the first second of all. */
  perSecond(nowMillis: number): number {
    if (this.first < 0) return 0
    const second = Math.floor(nowMillis / 1000)
    this.moveTo(second)
    const whole = Math.min(seconds, this.latest - this.first)
    if (whole <= 0) return 0
    let sum = 0
    for (let ago = 1; ago <= whole; ago++) sum += this.counts[(this.latest - ago) % this.counts.length]!
    return sum / whole
  }

  private moveTo(second: number): void {
    if (second <= this.latest) return
    const from = Math.max(this.latest + 1, second - seconds)
    for (let each = from; each <= second; each++) this.counts[each % this.counts.length] = 0
    this.latest = second
  }
}
