/** Live calls as a viewer sees them. */
import type { Caption, LiveRow } from '../contract/live.ts'
import { maskNumber } from '../mask.ts'
import { maskJson, maskWords } from '../mask-words.ts'

/** @param isOurs whether a number is one that our agents answer, which anybody may know */
export function maskLiveRow(row: LiveRow, isOurs: (number: string) => boolean): LiveRow {
  const { from, to, lastLine } = row
  return {
    ...row,
    from: maskNumber(from),
    to: isOurs(to) ? to : maskNumber(to),
    lastLine: lastLine === null ? null : { ...lastLine, text: maskWords(lastLine.text) },
  }
}

export function maskCaption(caption: Caption): Caption {
  switch (caption.type) {
    case 'said':
      return { ...caption, text: maskWords(caption.text), unheard: maskWords(caption.unheard) }
    case 'tool':
      return { ...caption, arguments: maskJson(caption.arguments), output: maskJson(caption.output) }
    case 'note':
      // Digits that are pressed one by one are a number all the same.
      return { ...caption, text: /^pressed .$/.test(caption.text) ? 'pressed •' : maskWords(caption.text) }
    case 'ended':
      return caption
  }
}
