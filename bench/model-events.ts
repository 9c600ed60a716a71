/** Server events of the realtime protocol, as text. Source: realtime API reference, server events (GA). */

let events = 0

/** As long as the real ones. */
export function newId(prefix: string): string {
  return `${prefix}_bench${(++events).toString(36).padStart(16, '0')}`
}

export function eventText(type: string, fields: object): string {
  return JSON.stringify({ type, event_id: newId('event'), ...fields })
}

/** 50 a second and call, so it is not built from an object. @param audio base64 */
export function audioDeltaText(responseId: string, itemId: string, audio: string): string {
  return `{"type":"response.output_audio.delta","event_id":"${newId('event')}","response_id":"${responseId}","item_id":"${itemId}","output_index":0,"content_index":0,"delta":"${audio}"}`
}

/** @returns the field of an object, undefined when there is no such field or it is none */
export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined
}
