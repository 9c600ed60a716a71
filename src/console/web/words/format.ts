/** Figures in words, the same on every page. Times are of the reader's own zone. */

/** 4:05, or 1:02:09. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  const two = (value: number): string => String(value).padStart(2, '0')
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

/** For whoever does not see the colon: 4 minutes 5 seconds. */
export function spokenDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  const parts = [
    [Math.floor(seconds / 3600), 'hour'],
    [Math.floor(seconds / 60) % 60, 'minute'],
    [seconds % 60, 'second'],
  ] as const
  const said = parts.filter(([value]) => value > 0).map(([value, unit]) => `${value} ${unit}${value === 1 ? '' : 's'}`)
  return said.length === 0 ? '0 seconds' : said.join(' ')
}

/** A wait: 840 ms below a second, 1.24 s above. */
export function wait(ms: number): string {
  return ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 9995 ? 2 : 1)} s`
}

/** $0.042: the cost of a call is cents, and its tenths count. */
export function money(usd: number): string {
  if (usd === 0) return '$0'
  if (usd < 0.0005) return '<$0.001'
  const digits = usd >= 1000 ? 0 : usd >= 1 ? 2 : 3
  return `$${usd.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })}`
}

export function count(value: number): string {
  return value.toLocaleString('en-US')
}

/** 12 %, and 0.4 % where it is little. */
export function share(part: number, of: number): string {
  if (of === 0) return '–'
  const percent = (100 * part) / of
  return `${percent > 0 && percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`
}

/** `1 call`, `2 calls`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

/** Today 14:05; yesterday 09:12; Tue 3 Mar, 17:40; with the year when it is another. */
export function moment(at: number, now: number): string {
  const clock = new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
  const days = dayNumber(now) - dayNumber(at)
  if (days === 0) return `Today ${clock}`
  if (days === 1) return `Yesterday ${clock}`
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear()
  const day = new Date(at).toLocaleDateString('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    ...(sameYear ? {} : { year: 'numeric' }),
  })
  // Whether there is a comma within depends on the version of the locale's data.
  return `${day.replaceAll(',', '')}, ${clock}`
}

function dayNumber(at: number): number {
  const date = new Date(at)
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000)
}

/** To the second, for a title. */
export function exactMoment(at: number): string {
  return new Date(at).toLocaleString('en-GB', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  })
}

/** just now; 5 min ago; 3 h ago; 12 days ago. */
export function ago(at: number, now: number): string {
  const minutes = Math.floor((now - at) / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 60) return `${minutes} min ago`
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ago`
  return `${Math.floor(minutes / 1440)} days ago`
}

/** +1 555 010 0199 in groups that the eye can hold; masked and unusual ones as they are. */
export function phoneNumber(number: string): string {
  const known = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number)
  if (known !== null) return `+1 ${known[1]} ${known[2]} ${known[3]}`
  return number
}
