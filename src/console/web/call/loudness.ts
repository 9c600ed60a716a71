/** The peaks of a recording, made ready for drawing: one height for each column of pixels. */

/** @throws when it is no base64 */
export function bytesOfBase64(text: string): Uint8Array {
  const binary = atob(text)
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0))
}

/**
 * @param peaks a byte for each stretch of 1000 / perSecond ms
 * @param view the stretch of the call to draw
 * @returns the loudest of what each column covers, 0 to 1; a column of which nothing was kept is 0
 */
export function columns(
  peaks: Uint8Array,
  perSecond: number,
  view: { readonly fromMs: number; readonly toMs: number },
  count: number,
): Float32Array {
  const heights = new Float32Array(Math.max(0, count))
  const perColumn = (((view.toMs - view.fromMs) / 1000) * perSecond) / Math.max(1, count)
  const first = (view.fromMs / 1000) * perSecond
  for (let column = 0; column < heights.length; column++) {
    const from = Math.max(0, Math.floor(first + column * perColumn))
    const to = Math.min(peaks.length, Math.max(from + 1, Math.floor(first + (column + 1) * perColumn)))
    let loudest = 0
    for (let at = from; at < to; at++) if (peaks[at]! > loudest) loudest = peaks[at]!
    heights[column] = loudest / 255
  }
  return heights
}
