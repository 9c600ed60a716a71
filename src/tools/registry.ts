/** The tools there are: handlers in files of config/tools, and the built-in ones. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { allowRecording } from './builtin/allow-recording.ts'
import { endCall } from './builtin/end-call.ts'
import { note } from './builtin/note.ts'
import { transferCall } from './builtin/transfer-call.ts'
import { SUPPORT_KEY, serveHandlerImports } from './handler-imports.ts'
import type { HttpToolDefinition } from './http/definition.ts'
import { type HttpSources, httpTool } from './http/http-tool.ts'
import type { McpServerDefinition } from './mcp/shape.ts'
import { type Tool, withSecrets } from './tool.ts'

/** Tools that every agent may name without a file. */
export const BUILT_IN_TOOLS = ['end_call', 'transfer_call', 'send_sms', 'note'] as const

/** A handler file that could not be taken, and what to do about it. */
interface ToolProblem {
  readonly file: string
  readonly message: string
}

export interface LoadedTools {
  /** By name; built-in tools are not among them. */
  readonly tools: ReadonlyMap<string, Tool>
  readonly problems: readonly ToolProblem[]
}

const ToolShape = z.custom<Tool>(
  (value) =>
    z
      .object({
        name: z.string(),
        description: z.string(),
        parameters: z.record(z.string(), z.unknown()),
        timeoutMs: z.number(),
        readOnly: z.boolean(),
        confirm: z.boolean(),
        secrets: z.array(z.string()),
        fault: z.function(),
        redactArguments: z.function(),
        run: z.function(),
      })
      .safeParse(value).success,
)

/**
 * Imports every `<configDir>/tools/*.ts`. A file is imported anew when its content has changed, or that of a file in a folder
 * beside it which it may import, and only then.
 * @param env where the secrets are that handlers name
 * Never throws: a file that cannot be taken is a problem, and the others are loaded all the same.
 */
export async function loadTools(configDir: string, env: HttpSources['env'] = {}): Promise<LoadedTools> {
  const folder = join(configDir, 'tools')
  const tools = new Map<string, Tool>()
  const files = new Map<string, string>()
  const problems: ToolProblem[] = []
  const support = supportVersion(folder)
  for (const name of handlerFiles(folder)) {
    const file = join(folder, name)
    const loaded = await loadTool(file, support)
    if (typeof loaded === 'string') {
      problems.push({ file, message: loaded })
      continue
    }
    const builtIn: readonly string[] = [...BUILT_IN_TOOLS, allowRecording.name]
    const clash = builtIn.includes(loaded.name) ? 'a built-in tool' : files.get(loaded.name)
    if (clash !== undefined) {
      problems.push({ file, message: `the tool name ${loaded.name} is taken by ${clash}: choose another name` })
      continue
    }
    const unset = loaded.secrets.filter((secret) => (env[secret] ?? '').trim() === '')
    if (unset.length > 0) {
      problems.push({
        file,
        message: `the environment has no ${unset.join(' and no ')}, which ${loaded.name} names under \`secrets\`: set it`,
      })
      continue
    }
    tools.set(loaded.name, bound(loaded, env))
    files.set(loaded.name, file)
  }
  return { tools, problems }
}

/** A handler that has not changed is the same tool, so that a look at the files does not take it for another. */
const boundTools = new WeakMap<Tool, { readonly values: string; readonly tool: Tool }>()

function bound(tool: Tool, env: HttpSources['env']): Tool {
  if (tool.secrets.length === 0) return tool
  // Secrets are often read from files, which end in a line break.
  const secrets = Object.fromEntries(tool.secrets.map((name) => [name, (env[name] ?? '').trim()]))
  const values = JSON.stringify(secrets)
  const known = boundTools.get(tool)
  if (known?.values === values) return known.tool
  const made = withSecrets(tool, secrets)
  boundTools.set(tool, { values, tool: made })
  return made
}

/** What tools need of the server to act. */
export interface ToolSources extends HttpSources {
  /** Null where there is no account to send from. */
  readonly sendSms: Tool | null
  /** Tools of a server as they are known at the moment. */
  readonly mcp: { toolsOf(definition: McpServerDefinition): readonly Tool[] }
}

/** Why a built-in tool cannot be used with this environment, by its name. */
export function unusableTools(env: HttpSources['env']): Readonly<Record<string, string>> {
  const account = ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN'].filter((name) => (env[name] ?? '') === '')
  return account.length === 0 ? {} : { send_sms: `send_sms needs ${account.join(' and ')} in the environment` }
}

/**
 * The tools of one agent.
 * @param agent tools and destinations as its YAML gives them; a name that is not there is left out, since `loadAgents` reports it
 */
export function toolsFor(
  agent: {
    readonly tools: readonly (string | { readonly http: HttpToolDefinition } | { readonly mcp: McpServerDefinition })[]
    readonly destinations: Readonly<Record<string, { readonly description?: string | undefined }>>
    readonly recording?: { readonly mode: string }
  },
  configured: ReadonlyMap<string, Tool>,
  sources: ToolSources,
): ReadonlyMap<string, Tool> {
  const tools = agent.tools.flatMap((name) => {
    if (typeof name !== 'string')
      return 'mcp' in name ? sources.mcp.toolsOf(name.mcp) : [httpToolOnce(name.http, sources)]
    if (name === 'end_call') return [endCall]
    if (name === 'note') return [note]
    if (name === 'send_sms') return sources.sendSms === null ? [] : [sources.sendSms]
    if (name === 'transfer_call')
      return Object.keys(agent.destinations).length === 0 ? [] : [transferCall(agent.destinations)]
    const tool = configured.get(name)
    return tool === undefined ? [] : [tool]
  })
  if (agent.recording?.mode === 'after_consent') tools.push(allowRecording)
  return new Map(tools.map((tool) => [tool.name, tool]))
}

/** A definition belongs to an agent as it was loaded, and is frozen: its tool is made for the first call of that agent. */
const made = new WeakMap<HttpToolDefinition, Tool>()

function httpToolOnce(definition: HttpToolDefinition, sources: HttpSources): Tool {
  const tool = made.get(definition) ?? httpTool(definition, sources)
  made.set(definition, tool)
  return tool
}

/** No folder is no tools. */
function handlerFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
      .toSorted()
  } catch {
    return []
  }
}

/** What handlers may import, of what lies beside them; a file that a handler writes there is none of it. */
const IMPORTABLE = /\.([cm]?[jt]s|json)$/

/** Changes with every file of the folder, and of folders in it, that handlers may import and that is no handler itself. */
function supportVersion(folder: string): string {
  const hash = createHash('sha256')
  const handlers = new Set(handlerFiles(folder))
  try {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()) {
      if (handlers.has(name) || !IMPORTABLE.test(name)) continue
      const { size, mtimeMs } = statSync(join(folder, name))
      hash.update(`${name}\n${size}\n${mtimeMs}\n`)
    }
  } catch {
    // No folder, or a file that went away meanwhile: whoever saw it go looks again.
  }
  return hash.digest('hex').slice(0, 16)
}

/** @returns the tool, or what is wrong with the file */
async function loadTool(file: string, support: string): Promise<Tool | string> {
  let module: unknown
  try {
    const path = realpathSync(file)
    serveHandlerImports(dirname(path))
    const version = createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16)
    module = await import(`${pathToFileURL(path).href}?v=${version}&${SUPPORT_KEY}=${support}`)
  } catch (error) {
    return `cannot be loaded: ${error instanceof Error ? error.message : String(error)}`
  }
  const exported = z.object({ default: z.unknown() }).safeParse(module)
  if (!exported.success || exported.data.default === undefined) {
    return 'has no default export: write `export default defineTool({ … })`'
  }
  const tool = ToolShape.safeParse(exported.data.default)
  if (!tool.success)
    return 'does not default-export a tool: write `export default defineTool({ … })`, with defineTool from earshot'
  return tool.data
}
