/** Days by name. They begin at midnight where the reader is. */

export const PRESETS = ['today', 'yesterday', '7d', '30d', '90d'] as const
export type Preset = (typeof PRESETS)[number]

export const PRESET_WORDS: Readonly<Record<Preset, string>> = {
  today: 'Today',
  yesterday: 'Yesterday',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  '90d': 'Last 90 days',
}

export function isPreset(value: string | null): value is Preset {
  return PRESETS.some((preset) => preset === value)
}

/** Midnight so many days before the day of `at`; days on which clocks change are 23 or 25 hours long. */
export function midnight(at: number, daysBefore = 0): number {
  const date = new Date(at)
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() - daysBefore).getTime()
}

/** The last days include today. */
export function spanOf(preset: Preset, now: number): { from: number; to?: number } {
  switch (preset) {
    case 'today':
      return { from: midnight(now) }
    case 'yesterday':
      return { from: midnight(now, 1), to: midnight(now) }
    case '7d':
      return { from: midnight(now, 6) }
    case '30d':
      return { from: midnight(now, 29) }
    case '90d':
      return { from: midnight(now, 89) }
  }
}

/** 2026-03-09, for a date input. */
export function dayText(at: number): string {
  const date = new Date(at)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** Midnight of a date input's value, so many days later; undefined when it holds none. */
export function dayOf(text: string, daysLater = 0): number | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text)
  if (match === null) return undefined
  return new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3]) + daysLater).getTime()
}
