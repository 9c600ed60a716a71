/** What waits for the model's next answer: the caller's turns and the tools' outputs since it last spoke. */
import type { Conversation, Item, MessageItem, OutputItem } from './conversation.ts'
import type { Situation } from './script.ts'

type Waiting = MessageItem | OutputItem

export class Unanswered {
  readonly #conversation: Conversation
  #waiting: Waiting[] = []

  constructor(conversation: Conversation) {
    this.#conversation = conversation
  }

  /** An item joins the conversation. An assistant's message answers all before it: that is how a conversation is seeded. */
  note(item: Item): void {
    if (item.type === 'function_call_output') this.#waiting.push(item)
    if (item.type !== 'message' || item.role === 'system') return
    if (item.role === 'user') this.#waiting.push(item)
    else this.#waiting = []
  }

  /** The model begins to answer. @returns what it answers */
  take(): readonly Waiting[] {
    const taken = this.#waiting
    this.#waiting = []
    return taken
  }

  /** The answer came to nothing. */
  restore(taken: readonly Waiting[]): void {
    this.#waiting = [...taken, ...this.#waiting]
  }

  /** @param silent the caller has said nothing for too long, and that is what is answered */
  situation(instructions: string | null, silent: boolean): Situation {
    const { items } = this.#conversation
    const waiting = this.#waiting.filter((item) => items.includes(item))
    const turns = waiting.filter((item) => item.type === 'message')
    const outputs = waiting.filter((item) => item.type === 'function_call_output')
    const isMessage = (item: Item): item is MessageItem => item.type === 'message' && item.role !== 'system'
    return {
      instructions,
      silent,
      turn:
        turns.length === 0
          ? null
          : {
              number: items.filter((item) => isMessage(item) && item.role === 'user').length,
              words: turns
                .map((turn) => turn.words ?? '')
                .join(' ')
                .trim(),
              heardMs: turns.reduce((sum, turn) => sum + audioMs(turn), 0),
            },
      results: outputs.map(({ callId, output }) => {
        const call = items.find((item) => item.type === 'function_call' && item.callId === callId)
        return { name: call?.type === 'function_call' ? call.name : '', output }
      }),
      fresh: !items.some(isMessage),
    }
  }
}

function audioMs(item: MessageItem): number {
  return item.parts.reduce((sum, part) => sum + ('audio' in part ? part.audio.ms : 0), 0)
}
