/** The words of a live call as they are spoken. */
import { useEffect, useState } from 'react'
import type { Caption } from '../../contract/live.ts'
import { urlOf } from '../api/call.ts'
import { type WatchState, watch } from '../api/watch.ts'
import { type Captions, foldCaptions, NO_CAPTIONS } from './captions.ts'

/** @param callId null: there is no call yet */
export function useCaptions(callId: string | null): Captions & { readonly state: WatchState } {
  const [captions, setCaptions] = useState(NO_CAPTIONS)
  const [state, setState] = useState<WatchState>('connecting')
  useEffect(() => {
    setCaptions(NO_CAPTIONS)
    if (callId === null) return
    const close = watch<Caption>(
      urlOf('followCall', { params: { callId } }),
      (caption) => {
        setCaptions((before) => foldCaptions(before, caption))
        // Nothing comes after it, and whoever asks again is told that there is no such live call.
        if (caption.type === 'ended') close()
      },
      setState,
    )
    return close
  }, [callId])
  return { ...captions, state }
}
