/** The agent's voice: text in, audio in the session's format out, piece by piece, each with the words that belong to it. */
import { type AudioFormat, bytesPerMs, bytesToMs } from '../../audio/format.ts'
import { encodeAlaw, encodeMulaw } from '../../audio/g711.ts'
import { createResampler } from '../../audio/resample.ts'
import { type Speech, speak, type Voice } from '../speech.ts'

/** Words are sent this much ahead of the audio they are heard in. */
const WORDS_AHEAD_MS = 150

interface VoicePiece {
  /** The words to send before the audio; joined over all pieces, they are the text. */
  readonly words: readonly string[]
  readonly audio: Buffer
}

export type VoicePieces = AsyncGenerator<VoicePiece, void, undefined>

interface Word {
  readonly text: string
  readonly startMs: number
}

/**
 * Speaks a text sentence by sentence, so that a long answer begins as early as a short one. Starts to at once.
 * @param pieceMs audio in each piece but the last
 */
export function speakInPieces(text: string, voice: Voice, format: AudioFormat, pieceMs: number): VoicePieces {
  // A full stop ends a sentence only before a space: 2.5 is one number.
  const sentences = text.match(/[\s\S]+?(?:[.!?]+(?=\s|$)|$)/g) ?? []
  return pieces(sentences, startToSpeak(sentences[0], voice), voice, format, pieceMs)
}

async function* pieces(
  sentences: readonly string[],
  first: Promise<Speech>,
  voice: Voice,
  format: AudioFormat,
  pieceMs: number,
): VoicePieces {
  const encode = encoder(format)
  const pieceBytes = pieceMs * bytesPerMs(format)
  let waiting: Word[] = []
  let audio = Buffer.alloc(0)
  let sentBytes = 0
  const take = (bytes: number): VoicePiece => {
    const taken = audio.subarray(0, bytes)
    audio = audio.subarray(bytes)
    sentBytes += taken.length
    const horizonMs = bytesToMs(format, sentBytes) + WORDS_AHEAD_MS
    const due = waiting.filter((word) => word.startMs < horizonMs)
    waiting = waiting.slice(due.length)
    return { words: due.map((word) => word.text), audio: Buffer.from(taken) }
  }

  let next = first
  for (const [index, sentence] of sentences.entries()) {
    const speech = await next
    next = startToSpeak(sentences[index + 1], voice)
    const spoken = encode(speech.pcm, speech.sampleRateHz)
    const startMs = bytesToMs(format, sentBytes + audio.length)
    waiting.push(...place(sentence, startMs, bytesToMs(format, spoken.length)))
    audio = Buffer.concat([audio, spoken])
    while (audio.length >= pieceBytes) yield take(pieceBytes)
  }
  const last = take(audio.length)
  const words = [...last.words, ...waiting.map((word) => word.text)]
  if (words.length > 0 || last.audio.length > 0) yield { words, audio: last.audio }
}

function startToSpeak(sentence: string | undefined, voice: Voice): Promise<Speech> {
  const speech = speak(sentence ?? '', { voice })
  speech.catch(() => {}) // Whoever awaits it is told; an interruption may be why nobody does.
  return speech
}

/** The synthesiser gives no times: a word begins as far into the sentence's audio as into its letters. */
function place(sentence: string, startMs: number, lengthMs: number): Word[] {
  return [...sentence.matchAll(/\s*\S+/g)].map((match) => ({
    text: match[0],
    startMs: startMs + (match.index / sentence.length) * lengthMs,
  }))
}

function encoder(format: AudioFormat): (pcm: Int16Array, rateHz: number) => Buffer {
  const resamplers = {
    8000: createResampler(8000, format.sampleRateHz),
    16000: createResampler(16000, format.sampleRateHz),
  }
  return (pcm, rateHz) => {
    const samples = resamplers[rateHz === 8000 ? 8000 : 16000].resample(pcm)
    if (format.encoding === 'pcm16') {
      const bytes = Buffer.alloc(samples.length * 2)
      for (const [index, sample] of samples.entries()) bytes.writeInt16LE(sample, 2 * index)
      return bytes
    }
    const bytes = Buffer.alloc(samples.length)
    if (format.encoding === 'mulaw') encodeMulaw(samples, bytes)
    else encodeAlaw(samples, bytes)
    return bytes
  }
}
