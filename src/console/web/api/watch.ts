/** Server-sent events of one endpoint, opened again when they break. */
export type WatchState = 'connecting' | 'open' | 'lost'

/** @returns closes it */
export function watch<Message>(
  url: string,
  onMessage: (message: Message) => void,
  onState: (state: WatchState) => void = () => {},
): () => void {
  let source: EventSource | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let failures = 0
  const open = (): void => {
    onState(failures === 0 ? 'connecting' : 'lost')
    source = new EventSource(url)
    source.onopen = () => {
      failures = 0
      onState('open')
    }
    // Of our own server, by the contract.
    source.onmessage = ({ data }: MessageEvent<string>) => onMessage(JSON.parse(data) as Message)
    source.onerror = () => {
      onState('lost')
      // A browser tries again by itself, but not after an answer that is none: signed out, or a server that is starting.
      if (source?.readyState !== EventSource.CLOSED) return
      failures += 1
      timer = setTimeout(open, Math.min(15_000, 1000 * 2 ** failures))
    }
  }
  open()
  return () => {
    clearTimeout(timer)
    source?.close()
  }
}
