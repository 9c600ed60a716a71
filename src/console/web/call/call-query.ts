/** Where a call's page is kept among the answers. */
export function callKey(callId: string): readonly [string, string] {
  return ['call', callId]
}
