/** What no single key can tell: names that must exist elsewhere, and keys that must fit each other. */
import { mcpToolName } from '../tools/mcp/shape.ts'
import { AgentFile } from './agent.ts'
import { beforeGreetingOf } from './before-greeting.ts'
import { webhookFaults } from './check-webhooks.ts'
import type { Instructions } from './instructions.ts'
import { isOwnVoice, knownModel } from './known-models.ts'
import { nearest } from './nearest.ts'
import { type Place, type Problem, problem } from './problem.ts'
import { secretFaults } from './secrets.ts'
import { Effort } from './talk.ts'
import type { Locate } from './yaml-text.ts'

/** What there is besides an agent's own file. */
export interface Known {
  /** Tools an agent may name. */
  readonly toolNames: readonly string[]
  readonly providerNames: readonly string[]
  /** Models whose price is known. */
  readonly pricedModels: readonly string[]
  /** Why recordings cannot be kept in an S3-compatible store; null: they can. */
  readonly s3Fault?: string | null
  /** Why a tool that there is cannot be used, by its name. */
  readonly unusableTools?: Readonly<Record<string, string>>
  /** Handlers that change nothing. Without it: any of them. */
  readonly readOnlyTools?: readonly string[]
  /** Why tools may not send requests there, as a sentence; null: they may. Without it: anywhere. */
  readonly hostFault?: (url: URL) => string | null
  readonly env: Readonly<Record<string, string | undefined>>
}

/** An agent's content as far as it could be read: faulty ones are checked too, so that all is told at once. */
export interface Draft {
  readonly content: unknown
  readonly locate: Locate
  readonly instructions: Instructions | null
}

export interface Findings {
  readonly problems: readonly Problem[]
  /** Worth knowing, and no reason to refuse the agent. */
  readonly warnings: readonly Problem[]
}

export function crossCheck(draft: Draft, known: Known, agentNames: readonly string[]): Findings {
  const { content, locate } = draft
  const value = (path: readonly PropertyKey[], message: string) => problem(locate(path, 'value'), path, message)
  const model = modelFindings(draft, known)
  const problems = [
    ...toolFaults(content, known).map(([path, message]) => value(path, message)),
    ...providerFaults(content, known).map(([path, message]) => value(path, message)),
    ...model.problems,
    ...recordingFaults(content, known).map(([path, message]) => value(path, message)),
    ...greetingFaults(content).map(([path, message]) => value(path, message)),
    ...lookupFaults(content, known).map(([path, message]) => value(path, message)),
    ...otherwiseFaults(content, agentNames).map(([path, message]) => value(path, message)),
    ...secretFaults(AgentFile, withInstructions(draft), known.env).map(({ path, name, message }) =>
      problem(placeOfSecret(draft, path, name), path, message),
    ),
    ...missingTools(draft, known),
    ...webhookFaults(content, known).map(([path, message]) => value(path, message)),
  ]
  return { problems, warnings: model.warnings }
}

type Fault = readonly [path: readonly PropertyKey[], message: string]

function toolFaults(content: unknown, known: Known): Fault[] {
  const entries = listAt(content, 'tools')
  const before = new Set<string>()
  return entries.flatMap((tool, index): Fault[] => {
    const path = ['tools', index]
    const names = toolNamesOf(tool)
    const http = at(tool, 'http')
    const mcp = at(tool, 'mcp')
    const faults =
      http !== undefined
        ? httpFaults(http, [...path, 'http'], before, known)
        : mcp !== undefined
          ? mcpFaults(mcp, [...path, 'mcp'], before, known)
          : namedFaults(names, path, before, content, known)
    for (const name of names) before.add(name)
    return faults
  })
}

/** The names of a tool that is named, or described where it stands; of a server, of all that are allowed. */
function toolNamesOf(tool: unknown): readonly string[] {
  const mcp = at(tool, 'mcp')
  if (mcp !== undefined) return allowedOf(mcp).map((name) => mcpToolName({ name: prefixOf(mcp) }, name))
  const name = typeof tool === 'string' ? tool : at(at(tool, 'http'), 'name')
  return typeof name === 'string' ? [name] : []
}

function namedFaults(
  names: readonly string[],
  path: readonly PropertyKey[],
  before: ReadonlySet<string>,
  content: unknown,
  known: Known,
): Fault[] {
  return names.flatMap((name): Fault[] => {
    const message = toolFault(name, before.has(name), known) ?? transferFault(name, content)
    return message === null ? [] : [[path, message]]
  })
}

function httpFaults(http: unknown, path: readonly PropertyKey[], before: ReadonlySet<string>, known: Known): Fault[] {
  const name = at(http, 'name')
  const clash = typeof name === 'string' ? clashOf(name, before, known) : null
  return [...(clash === null ? [] : [[[...path, 'name'], clash] as const]), ...hostFaults(http, path, known)]
}

function mcpFaults(mcp: unknown, path: readonly PropertyKey[], before: ReadonlySet<string>, known: Known): Fault[] {
  const clashes = allowedOf(mcp).flatMap((tool, index): Fault[] => {
    const clash = clashOf(mcpToolName({ name: prefixOf(mcp) }, tool), before, known)
    if (clash === null) return []
    return [
      [[...path, 'allow', index], `${clash}; or give the server a \`name\`, which stands before those of its tools`],
    ]
  })
  return [...clashes, ...hostFaults(mcp, path, known)]
}

function clashOf(name: string, before: ReadonlySet<string>, known: Known): string | null {
  if (before.has(name)) return `\`${name}\` is in the list already`
  return known.toolNames.includes(name) || name === BY_ITSELF
    ? `the name \`${name}\` is taken by another tool: choose another`
    : null
}

function hostFaults(request: unknown, path: readonly PropertyKey[], known: Known): Fault[] {
  const url = at(request, 'url')
  const host = typeof url === 'string' ? URL.parse(/^\w+:\/\/[^/?#]+/.exec(url)?.[0] ?? '') : null
  const fault = host === null ? null : (known.hostFault?.(host) ?? null)
  return fault === null ? [] : [[[...path, 'url'], fault]]
}

function allowedOf(mcp: unknown): readonly string[] {
  return listAt(mcp, 'allow').filter((name) => typeof name === 'string')
}

function prefixOf(mcp: unknown): string | undefined {
  const name = at(mcp, 'name')
  return typeof name === 'string' ? name : undefined
}

/** What runs before anybody has spoken must change nothing. What a server says of its own tools is known only when it is there. */
function lookupFaults(content: unknown, known: Known): Fault[] {
  const tools = listAt(content, 'tools')
  const names = tools.flatMap(toolNamesOf)
  const said = at(at(content, 'beforeGreeting'), 'tool')
  const name = typeof said === 'string' ? said : beforeGreetingOf(null, names)?.tool
  const has = at(content, 'beforeGreeting')
  if (name === undefined || (has !== undefined && has !== null && typeof said !== 'string')) return []
  const index = tools.findIndex((tool) => toolNamesOf(tool).includes(name))
  const path = typeof said === 'string' ? ['beforeGreeting', 'tool'] : ['tools', index]
  if (index < 0) return [[path, `the agent has no tool \`${name}\`: ${instead(name, 'tools', names)}`]]
  return mayChange(tools[index], name, known)
    ? [
        [
          path,
          `\`${name}\` is asked before the greeting, so it must change nothing: mark it \`readOnly\`, or name another`,
        ],
      ]
    : []
}

function mayChange(tool: unknown, name: string, { toolNames, readOnlyTools }: Known): boolean {
  if (typeof tool === 'string') return toolNames.includes(name) && readOnlyTools?.includes(name) === false
  const http = at(tool, 'http')
  if (http !== undefined) return at(http, 'readOnly') !== true && (at(http, 'method') ?? 'GET') !== 'GET'
  const readOnly = at(at(tool, 'mcp'), 'readOnly')
  const own = allowedOf(at(tool, 'mcp')).find(
    (each) => toolNamesOf(tool)[allowedOf(at(tool, 'mcp')).indexOf(each)] === name,
  )
  return Array.isArray(readOnly) && !readOnly.includes(own)
}
/** Given to agents that ask before they record, and to no others. */
const BY_ITSELF = 'allow_recording'

function toolFault(name: string, again: boolean, known: Known): string | null {
  if (name === BY_ITSELF)
    return `agents with \`recording: { mode: after_consent }\` have ${name} by themselves: remove it`
  if (again) return `\`${name}\` is in the list already`
  if (known.toolNames.includes(name)) return known.unusableTools?.[name] ?? null
  return `there is no tool \`${name}\`: ${instead(name, 'tools', known.toolNames)}`
}

function transferFault(name: string, content: unknown): string | null {
  if (name !== 'transfer_call') return null
  return keysOf(at(content, 'destinations')).length > 0
    ? null
    : 'transfer_call needs at least one name under `destinations`'
}

function providerFaults(content: unknown, { providerNames }: Known): Fault[] {
  const provider = at(at(content, 'model'), 'provider')
  if (typeof provider !== 'string' || providerNames.includes(provider)) return []
  const message = `there is no provider \`${provider}\`: the providers are ${providerNames.join(', ')}`
  return [[['model', 'provider'], message]]
}

function modelFindings({ content, locate }: Draft, known: Known): Findings {
  const said = at(content, 'model')
  const text = (key: string, otherwise: string) => {
    const value = at(said, key) ?? otherwise
    return typeof value === 'string' ? value : otherwise
  }
  const defaults = AgentFile.shape.model.parse({})
  const name = text('name', defaults.name)
  const voice = text('voice', defaults.voice)
  const problems: Problem[] = []
  const warnings: Problem[] = []
  const tell = (list: Problem[], key: string, message: string) =>
    list.push(problem(locate(['model', key], 'value'), ['model', key], message))

  const model = knownModel(text('provider', defaults.provider), name)
  if (model !== null && !model.voices.includes(voice) && !isOwnVoice(voice)) {
    tell(problems, 'voice', `${name} has no voice \`${voice}\`: ${instead(voice, 'voices', model.voices)}`)
  }
  // Not asked for is not sent: only an effort that somebody wrote down, and will not get, is worth a word.
  const effort = Effort.safeParse(at(said, 'reasoning')).data
  if (model !== null && effort !== undefined && !(model.reasoning ?? []).includes(effort)) {
    const takes = model.reasoning === null ? 'does not reason: remove the key' : `takes ${model.reasoning.join(', ')}`
    tell(problems, 'reasoning', `\`${effort}\` cannot be, ${name} ${takes}`)
  }
  if (model !== null && model.endsOn !== null) {
    tell(warnings, 'name', `${name} is switched off by its provider on ${model.endsOn}`)
  }
  if (!known.pricedModels.includes(name)) {
    const meant = nearest(name, known.pricedModels)
    const hint = meant === null ? '' : `, or did you mean \`${meant}\`?`
    const message = `the price of ${name} is not known, so its calls show no cost and limits.maxCostUsd cannot hold them: add it to pricing.yaml${hint}`
    tell(warnings, 'name', message)
  }
  return { problems, warnings }
}

function recordingFaults(content: unknown, { s3Fault = null }: Known): Fault[] {
  if (s3Fault === null || at(at(content, 'recording'), 'store') !== 's3') return []
  return [[['recording', 'store'], s3Fault]]
}

/** Every number's language has a greeting, and every number a language, when there are several greetings. */
function greetingFaults(content: unknown): Fault[] {
  const greetings = keysOf(at(content, 'greeting'))
  const language = at(content, 'language')
  if (greetings.length === 0) return []
  const listed = typeof language === 'string' ? [[['language'], language] as const] : languagesIn(language)
  const faults = listed.flatMap(([path, code]): Fault[] => {
    if (typeof code !== 'string' || greetings.includes(code)) return []
    return [[path, `there is no greeting in \`${code}\`: the greetings are in ${greetings.join(', ')}`]]
  })
  const answers = listAt(content, 'numbers').filter((number) => typeof number === 'string')
  const spoken = keysOf(language)
  const silent = answers.filter((number) => !spoken.includes(number))
  if (greetings.length < 2 || typeof language === 'string' || spoken.includes('*') || silent.length === 0) return faults
  const example = `\`language: ${greetings[0]}\`, or one for each called number`
  return [...faults, [['greeting'], `which greeting callers of ${silent.join(', ')} hear is not said: add ${example}`]]
}

function languagesIn(language: unknown): (readonly [path: readonly PropertyKey[], code: unknown])[] {
  return keysOf(language).map((number) => [['language', number], at(language, number)] as const)
}

function otherwiseFaults(content: unknown, agentNames: readonly string[]): Fault[] {
  const destinations = keysOf(at(content, 'destinations'))
  const places = [
    ['hours', 'otherwise'],
    ['callers', 'otherwise'],
    ['limits', 'whenSpent'],
  ] as const
  return places.flatMap(([key, what]): Fault[] => {
    const otherwise = at(at(content, key), what)
    const agent = at(otherwise, 'agent')
    const destination = at(otherwise, 'destination')
    if (typeof agent === 'string' && !agentNames.includes(agent)) {
      return [[[key, what, 'agent'], `there is no agent \`${agent}\`: ${instead(agent, 'agents', agentNames)}`]]
    }
    if (typeof destination === 'string' && !destinations.includes(destination)) {
      const hint = destinations.length === 0 ? 'name it there' : instead(destination, 'names', destinations)
      const message = `\`${destination}\` is not under \`destinations\`: ${hint}`
      return [[[key, what, 'destination'], message]]
    }
    return []
  })
}

/** Instructions that name a tool which the agent lacks make the model promise what it cannot do, or invent a call. */
function missingTools({ content, instructions }: Draft, { toolNames }: Known): Problem[] {
  if (instructions === null) return []
  const listed = listAt(content, 'tools').flatMap(toolNamesOf)
  return toolNames.flatMap((name) => {
    if (listed.includes(name)) return []
    // A plain word, such as `note`, is a tool's name only in backticks.
    const plain = name.includes('_') ? `|(?<![\\w-])${name}(?![\\w-])` : ''
    const mention = new RegExp(`\`${name}\`${plain}`)
    if (!mention.test(instructions.text)) return []
    const message = `the instructions name the tool \`${name}\`, which the agent does not have: add it to \`tools\``
    return [problem(instructions.find(mention), ['instructions'], message)]
  })
}

/** Text that was included is the agent's as much as its own. */
function withInstructions({ content, instructions }: Draft): unknown {
  const included = typeof at(content, 'instructions') === 'object' && typeof content === 'object'
  return included && instructions !== null ? { ...content, instructions: instructions.text } : content
}

function placeOfSecret({ locate, instructions }: Draft, path: readonly PropertyKey[], name: string): Place {
  const inInstructions = path.length === 1 && path[0] === 'instructions' && instructions !== null
  return inInstructions ? instructions.find(new RegExp(`\\$\\{${name}\\}`)) : locate(path, 'value')
}

function instead(name: string, what: string, names: readonly string[]): string {
  const meant = nearest(name, names)
  return meant === null ? `the ${what} are ${names.join(', ')}` : `did you mean \`${meant}\`?`
}

export function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined
}

export function listAt(content: unknown, key: string): readonly unknown[] {
  const list = at(content, key)
  return Array.isArray(list) ? list : []
}

function keysOf(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : []
}
