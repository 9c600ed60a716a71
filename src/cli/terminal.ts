/** Colours and times for people. Colours only on a terminal that wants them (https://no-color.org). */
import { styleText } from 'node:util'

const colours = process.stdout.isTTY === true && process.env.NO_COLOR === undefined

function style(format: Parameters<typeof styleText>[0]): (text: string) => string {
  return colours ? (text) => styleText(format, text, { validateStream: false }) : (text) => text
}

export const paint = {
  dim: style('dim'),
  bold: style('bold'),
  agent: style('cyan'),
  caller: style('green'),
  tool: style('magenta'),
  alarm: style('red'),
  /** Words that nobody heard: struck through, or in brackets where nothing can be. */
  unheard: colours ? style(['red', 'strikethrough']) : (text: string) => `[not heard: ${text}]`,
}

/** Call time as `m:ss.t`. */
export function clockTime(ms: number): string {
  const tenths = Math.floor(ms / 100)
  const minutes = Math.floor(tenths / 600)
  return `${minutes}:${String(Math.floor((tenths % 600) / 10)).padStart(2, '0')}.${tenths % 10}`
}
