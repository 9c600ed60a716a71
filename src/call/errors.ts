/** What can go wrong in a call, who is at fault and whether trying again can help. docs/errors.md lists the same. */

export const CALL_ERRORS = {
  AGENT_NOT_FOUND: { fault: 'operator', retry: false, what: 'no agent answers the called number' },
  AT_CAPACITY: { fault: 'operator', retry: true, what: 'the server already holds as many calls as it may' },
  STREAM_NOT_OPENED: { fault: 'carrier', retry: true, what: 'the carrier never opened the media stream' },
  STREAM_LOST: { fault: 'carrier', retry: true, what: 'the media stream broke and did not come back' },
  MEDIA_SILENT: { fault: 'carrier', retry: true, what: 'no caller audio arrived' },
  MEDIA_UNREADABLE: { fault: 'carrier', retry: false, what: 'too many unreadable frames in a row' },
  MARKS_OVERDUE: { fault: 'carrier', retry: false, what: 'the carrier stopped returning marks' },
  PROVIDER_REFUSED: { fault: 'provider', retry: false, what: 'the realtime session was refused' },
  PROVIDER_UNREACHABLE: { fault: 'provider', retry: true, what: 'the realtime session could not be opened' },
  PROVIDER_CLOSED: { fault: 'provider', retry: true, what: 'the realtime session closed before the call ended' },
  PROVIDER_SILENT: { fault: 'provider', retry: true, what: 'the model did not answer in time' },
  PROVIDER_ERROR: { fault: 'provider', retry: true, what: 'the model reported an error' },
  PROVIDER_RESPONSE_FAILED: { fault: 'provider', retry: true, what: 'the model could not finish its answer' },
  TOOL_TIMEOUT: { fault: 'backend', retry: false, what: 'the backend did not answer in time' },
  TOOL_FAILED: { fault: 'backend', retry: false, what: 'the backend failed' },
  TOOL_ARGUMENTS: { fault: 'model', retry: true, what: 'the arguments do not fit the tool' },
  TOOL_UNKNOWN: { fault: 'model', retry: false, what: 'the agent has no such tool' },
  JOURNAL_BEHIND: { fault: 'operator', retry: true, what: 'the call log could not be written' },
  INTERNAL: { fault: 'earshot', retry: false, what: 'a bug in Earshot ended this call' },
} as const

export type CallErrorCode = keyof typeof CALL_ERRORS

export class CallError extends Error {
  override readonly name = 'CallError'
  readonly code: CallErrorCode
  constructor(code: CallErrorCode, detail: string, options?: { cause?: unknown }) {
    super(`${CALL_ERRORS[code].what}: ${detail}`, options)
    this.code = code
  }
}
