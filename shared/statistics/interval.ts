// Intervals of estimated shares.

/** Both 0…1. */
export interface Interval {
  low: number
  high: number
}

/** The 95 % quantile of the normal distribution, two-sided. */
const normal = 1.96

/**
 * The 95 % interval of a share by Wilson's score, which stays within 0…1 and is right for few observations.
 * @param observations independent ones: crashes divided by what each observation represents (`scaleOf`); 0: 0…1
 */
export function shareInterval(share: number, observations: number): Interval {
  if (observations <= 0) return { low: 0, high: 1 }
  const square = normal ** 2 / observations
  const middle = share + square / 2
  const spread = Math.sqrt(Math.max(0, share * (1 - share) * square + square ** 2 / 4))
  return {
    low: Math.max(0, (middle - spread) / (1 + square)),
    high: Math.min(1, (middle + spread) / (1 + square)),
  }
}
