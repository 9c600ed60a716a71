/** How long a call waits for what, in ms. One place, so that RULES.md can name them and a reader can weigh them. */

/** From the answered webhook to the media stream; the carrier itself gives up at about 15 s (telephony fact sheet 1.4). */
export const STREAM_WITHIN_MS = 15_000
/** From a broken stream to the next one. */
export const STREAM_AGAIN_WITHIN_MS = 10_000
/** From dialling the model to a session that runs with our settings, retries of the handshake included. */
export const SESSION_WITHIN_MS = 12_000
/** Caller audio comes every 20 ms, in silence too. */
export const MEDIA_WITHIN_MS = 10_000
/** While the caller speaks; told of caller audio once a second, so this is three quarters of a second without any. */
export const STALL_AFTER_MS = 1_750
/** The silence put in the place of audio that stalled, each time. */
export const STALL_SILENCE_MS = 1_000
/** From when a mark should have come back. */
export const MARKS_GRACE_MS = 3_000
/** From the end of a caller's turn, or from asking, to a response that does something. */
export const REPLY_WITHIN_MS = 10_000
/** From one key to the next. */
export const DIGITS_PAUSE_MS = 2_000
/** For a last sentence, from the decision to end to the end. */
export const GOODBYE_WITHIN_MS = 20_000
/** A last sentence that is still sounding then may take this much more. */
export const GOODBYE_EXTENSION_MS = 10_000
/** Before a session expires, the search for a quiet moment to replace it begins this early, or at nine tenths of a short life. */
export const RENEW_BEFORE_MS = 5 * 60_000
/** A second loss of the session within this time ends the call. */
export const RECONNECT_EVERY_MS = 60_000
