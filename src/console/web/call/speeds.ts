/** How fast a recording may play. */
export const SPEEDS: readonly number[] = [0.75, 1, 1.25, 1.5, 1.75, 2]

export function nextSpeed(speed: number, by: 1 | -1): number {
  const at = SPEEDS.indexOf(speed)
  return SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, (at === -1 ? 1 : at) + by))]!
}
