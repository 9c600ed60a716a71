/** `earshot show <callId>`: one call, as it was heard. */

import { endInWords } from '../call/end-words.ts'
import type { Latency } from '../call/latency.ts'
import type { Usage } from '../call/usage.ts'
import type { CallStore } from '../call-log/call-store.ts'
import type { CallPage } from '../call-log/query.ts'
import { type CallStory, foldStory, type StoryLine } from '../call-log/transcript.ts'
import { utc } from './calls.ts'
import { plainText, shorten, showNumber } from './plain-text.ts'
import { clockTime, paint as terminal } from './terminal.ts'

export interface ShowOptions {
  /** Show telephone numbers whole. */
  readonly numbers: boolean
  readonly paint?: typeof terminal
}

type Paint = typeof terminal

const MOST_OF_AN_ANSWER = 600
const PAGE = 500
/** How a tool call may come out without anything being amiss. */
const AS_THEY_SHOULD: readonly string[] = ['done', 'repeated', 'held', 'aborted']

/**
 * @param callId whole, or enough of its beginning to be one call's alone
 * @returns false when there is no such call, or more than one: then that is what was printed
 */
export async function printCall(
  log: CallStore,
  callId: string,
  out: (line: string) => void,
  options: ShowOptions,
): Promise<boolean> {
  const found = await findCall(log, callId)
  if (found.length !== 1) {
    const which = found.length === 0 ? 'There is no call' : `${found.length} calls begin with`
    out(`${which} ${plainText(callId)}${found.length === 0 ? '.' : `: ${found.slice(0, 5).join(', ')}`}`)
    return false
  }
  const [whole = ''] = found
  const { paint = terminal, numbers } = options
  const story = foldStory(await log.events(whole))
  for (const line of header(whole, story, numbers, paint)) out(line)
  out('')
  for (const line of story.lines) for (const text of lineOf(line, paint)) out(text)
  out('')
  for (const line of footer(story, paint)) out(line)
  return true
}

async function findCall(log: CallStore, callId: string): Promise<string[]> {
  if ((await log.events(callId)).length > 0) return [callId]
  const found: string[] = []
  if (callId === '') return found
  for (let after: string | null | undefined; after !== null; ) {
    const page: CallPage = await log.list({ limit: PAGE, ...(after !== undefined && { after }) })
    found.push(...page.calls.map((call) => call.callId).filter((id) => id.startsWith(callId)))
    after = page.next
  }
  return found
}

function header(callId: string, story: CallStory, numbers: boolean, paint: Paint): string[] {
  const { started, ended } = story
  const end =
    ended === null
      ? 'still live, or the log was cut off'
      : [endInWords(ended.reason), ...(ended.destination === null ? [] : [`to ${plainText(ended.destination)}`])].join(
          ', ',
        )
  const rows = [['Length', clockTime(story.durationMs)] as const, ['End', end] as const]
  if (started === null)
    return [paint.bold(`Call ${callId}`), 'The log has lost its beginning.', ...rows.map(row(paint))]
  const { carrier, carrierCallId, agent, agentVersion, provider, model } = started
  const from = showNumber(started.from, numbers)
  const to = showNumber(started.to, numbers)
  return [
    paint.bold(`Call ${callId}`),
    ...[
      ['From', `${from} to ${to}, by ${plainText(carrier)} ${plainText(carrierCallId)}`] as const,
      ['Agent', `${plainText(agent)} (version ${plainText(agentVersion)})`] as const,
      ['Model', `${plainText(provider)} ${plainText(model)}`] as const,
      ['Started', `${utc(started.at)} UTC`] as const,
      ...rows,
    ].map(row(paint)),
  ]
}

function row(paint: Paint): (cells: readonly [string, string]) => string {
  return ([name, value]) => `${paint.dim(name.padEnd(9))}${value}`
}

function lineOf(line: StoryLine, paint: Paint): string[] {
  const begin = (who: string): string => `${paint.dim(clockTime(line.atMs).padStart(7))}  ${who}  `
  const below = (text: string): string => `${' '.repeat(17)}${paint.dim(text)}`
  switch (line.by) {
    case 'caller':
      return [
        begin(paint.caller('caller')) + (line.text.trim() === '' ? paint.dim('(no words)') : plainText(line.text)),
      ]
    case 'agent':
      return [begin(paint.agent('agent ')) + words(line, paint), ...agentNotes(line).map(below)]
    case 'tool': {
      const call = `${begin(paint.tool('tool  '))}${plainText(line.name)} ${plainText(shorten(line.arguments, MOST_OF_AN_ANSWER))}`
      if (line.result === null) return [call, below('no result in the log')]
      const { status, output, tookMs } = line.result
      const text = `${AS_THEY_SHOULD.includes(status) ? status : paint.alarm(status)} in ${ms(tookMs)}`
      return [call, below(output === '' ? text : `${text}: ${plainText(shorten(output, MOST_OF_AN_ANSWER))}`)]
    }
    case 'keypad':
      return [`${begin(paint.caller('keypad'))}${plainText(line.digit)}`]
    case 'trouble': {
      const code = line.code === null ? '' : `${line.code}: `
      return [begin(paint.alarm('fault ')) + paint.alarm(code + plainText(line.text))]
    }
    case 'operator':
      return [begin(paint.dim('person')) + plainText(`${line.who} ${line.action} ${line.text}`.trimEnd())]
    case 'note':
      return [begin(paint.dim('call  ')) + paint.dim(plainText(line.text))]
  }
}

type AgentLine = Extract<StoryLine, { by: 'agent' }>

function words({ heardText, unheardText }: AgentLine, paint: Paint): string {
  const unheard = unheardText === '' ? [] : [paint.unheard(plainText(unheardText))]
  const all = [...(heardText === '' ? [] : [plainText(heardText)]), ...unheard]
  return all.length === 0 ? paint.dim('(no words)') : all.join(' ')
}

function agentNotes(line: AgentLine): string[] {
  const notes: string[] = []
  if (line.interrupted) notes.push(`interrupted: ${seconds(line.heardMs)} heard of ${seconds(line.sentMs)} sent`)
  if (line.latency !== null) notes.push(latencyInWords(line.latency))
  return notes
}

function latencyInWords({ totalMs, turnEndMs, modelMs, sendMs, lineMs }: Latency): string {
  // After a greeting, a tool's answer or an interruption nobody waits for the caller's turn to end.
  if (totalMs === null) return `heard ${ms(sendMs + lineMs)} after its first audio came from the model`
  const parts = [
    ...(turnEndMs === null ? [] : [`turn end ${ms(turnEndMs)}`]),
    ...(modelMs === null ? [] : [`model ${ms(modelMs)}`]),
    `sending ${ms(sendMs)}`,
    `line ${ms(lineMs)}`,
  ].join(', ')
  return `heard ${ms(totalMs)} after the caller stopped: ${parts}`
}

function footer(story: CallStory, paint: Paint): string[] {
  const { ended } = story
  const rows: (readonly [string, string])[] = [
    ['Heard', `${seconds(story.callerHeardMs)} of the agent's voice`],
    ['Tokens', usageInWords(story.usage)],
    ['Cost', story.costUsd === null ? 'not known: this model has no price' : `$${story.costUsd.toFixed(4)}`],
  ]
  if (ended !== null) rows.push(['End', `${ended.reason}: ${plainText(ended.detail)}`])
  return rows.map(row(paint))
}

function usageInWords(usage: Usage): string {
  const count = (tokens: number, kind: string, cached = 0): string[] => {
    if (tokens === 0) return []
    const note = cached === 0 ? '' : ` (${cached} cached)`
    return [`${tokens} ${kind}${note}`]
  }
  const into = [
    ...count(usage.inputAudio, 'audio', usage.inputAudioCached),
    ...count(usage.inputText, 'text', usage.inputTextCached),
    ...count(usage.inputImage, 'image', usage.inputImageCached),
  ]
  const out = [...count(usage.outputAudio, 'audio'), ...count(usage.outputText, 'text')]
  return `in: ${into.join(', ') || 'none'}; out: ${out.join(', ') || 'none'}`
}

function ms(time: number): string {
  return `${Math.round(time)} ms`
}

function seconds(time: number): string {
  return `${(time / 1000).toFixed(2)} s`
}
