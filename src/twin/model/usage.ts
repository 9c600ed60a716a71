/** Token arithmetic (fact sheet, section 12): the whole conversation is input to every response, and its unchanged beginning is cached. */
import type { Item } from './conversation.ts'
import type { FunctionTool } from './shapes.ts'

const CALLER_MS_PER_TOKEN = 100
const AGENT_MS_PER_TOKEN = 50
/** An English word is about four characters and one token. */
const CHARACTERS_PER_TOKEN = 4

interface Tokens {
  readonly text: number
  readonly audio: number
}

/** One piece of a response's input. Two pieces with one key are the same to the cache. */
interface Piece extends Tokens {
  readonly key: string
}

export interface ResponseUsage {
  readonly total_tokens: number
  readonly input_tokens: number
  readonly output_tokens: number
  readonly input_token_details: {
    readonly text_tokens: number
    readonly audio_tokens: number
    readonly image_tokens: number
    readonly cached_tokens: number
    readonly cached_tokens_details: {
      readonly text_tokens: number
      readonly audio_tokens: number
      readonly image_tokens: number
    }
  }
  readonly output_token_details: { readonly text_tokens: number; readonly audio_tokens: number }
}

export function textTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN)
}

export function agentAudioTokens(ms: number): number {
  return Math.ceil(ms / AGENT_MS_PER_TOKEN)
}

function itemTokens(item: Item): Tokens {
  if (item.type === 'function_call') return { text: textTokens(item.name + item.arguments), audio: 0 }
  if (item.type === 'function_call_output') return { text: textTokens(item.output), audio: 0 }
  const parts = item.parts.map((part): Tokens => {
    if (part.type === 'input_audio') return { text: 0, audio: Math.ceil(part.audio.ms / CALLER_MS_PER_TOKEN) }
    if (part.type === 'output_audio') {
      return { text: textTokens(part.transcript ?? ''), audio: agentAudioTokens(part.audio.ms) }
    }
    return { text: 'text' in part ? textTokens(part.text) : 0, audio: 0 }
  })
  return sum(parts)
}

function sum(all: readonly Tokens[]): Tokens {
  return all.reduce<Tokens>((a, b) => ({ text: a.text + b.text, audio: a.audio + b.audio }), { text: 0, audio: 0 })
}

/** The prompt cache of one session: what came before, so that an unchanged beginning is not paid for again in full. */
export class PromptCache {
  #known: readonly Piece[] = []

  /**
   * Counts one response, and remembers its input and its output for the next.
   * @param remember false for a response outside the conversation, which leaves the cache alone
   */
  count(
    instructions: string,
    tools: readonly FunctionTool[],
    input: readonly Item[],
    output: readonly Item[],
    remember: boolean,
  ): ResponseUsage {
    const pieces = [textPiece(instructions), textPiece(JSON.stringify(tools)), ...input.map(itemPiece)]
    const changed = pieces.findIndex((piece, index) => piece.key !== this.#known[index]?.key)
    const cached = sum(changed < 0 ? pieces : pieces.slice(0, changed))
    const [taken, given] = [sum(pieces), sum(output.map(itemTokens))]
    if (remember) this.#known = [...pieces, ...output.map(itemPiece)]
    const inputTokens = taken.text + taken.audio
    const outputTokens = given.text + given.audio
    return {
      total_tokens: inputTokens + outputTokens,
      input_tokens: inputTokens,
      output_tokens: outputTokens,
      input_token_details: {
        text_tokens: taken.text,
        audio_tokens: taken.audio,
        image_tokens: 0,
        cached_tokens: cached.text + cached.audio,
        cached_tokens_details: { text_tokens: cached.text, audio_tokens: cached.audio, image_tokens: 0 },
      },
      output_token_details: { text_tokens: given.text, audio_tokens: given.audio },
    }
  }
}

function textPiece(text: string): Piece {
  return { key: text, text: textTokens(text), audio: 0 }
}

function itemPiece(item: Item): Piece {
  const tokens = itemTokens(item)
  // A truncated item keeps its id but not its tokens, so it is another piece from there on.
  return { key: `${item.id} ${tokens.text} ${tokens.audio}`, ...tokens }
}
