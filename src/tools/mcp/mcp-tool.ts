/** A tool of an MCP server, made of what the server says of it and what the agent's YAML says. */
import type { CallToolResult, JsonSchemaValidator, Tool as ListedTool } from '@modelcontextprotocol/client'
import { DATA_NOTE, labelled } from '../labelled.ts'
import type { HostGate } from '../network/host-gate.ts'
import { REDACTED } from '../redact.ts'
import { assembleTool, type Tool, type ToolAnswer, type ToolContext, ToolFailure, unknownOutcome } from '../tool.ts'
import { type McpToolFacts, readResult } from './mcp-answer.ts'
import { type McpArguments, mcpArgumentRules } from './mcp-arguments.ts'
import { type McpServerDefinition, mcpToolName } from './shape.ts'

/** What came of asking a server to run a tool. */
export type McpAnswer =
  | { readonly type: 'result'; readonly result: CallToolResult }
  /** The server would not take it, and says why. */
  | { readonly type: 'refused'; readonly code: string; readonly why: string }
  /** `sent` false: the server cannot have acted. `code` may be logged. */
  | { readonly type: 'failed'; readonly sent: boolean; readonly code: string }

export interface McpCalling {
  readonly name: string
  readonly arguments: McpArguments
  readonly meta: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** Where a tool's calls go. */
export interface McpCaller {
  readonly host: string
  /** Never rejects. */
  call(calling: McpCalling): Promise<McpAnswer>
}

/** The core's patience beyond the tool's own, so that the tool can say itself what came of it. */
const GRACE_MS = 500
/** Descriptions are for the model, which reads them at every call. */
const DESCRIPTION_MOST = 1000

export function mcpTool(
  definition: McpServerDefinition,
  listed: ListedTool,
  validate: JsonSchemaValidator<McpArguments>,
  caller: McpCaller,
  gate: HostGate,
): Tool {
  const { timeoutMs, maxConcurrent, piiResult } = definition
  const name = mcpToolName(definition, listed.name)
  const hints = listed.annotations ?? {}
  const readOnly = definition.readOnly?.includes(listed.name) ?? hints.readOnlyHint === true
  const facts = { name, readOnly, idempotent: hints.idempotentHint === true, piiResult }
  const said = (listed.description ?? listed.title ?? `The tool ${listed.name}.`).trim().slice(0, DESCRIPTION_MOST)
  const frame = {
    name,
    description: `${said} ${DATA_NOTE}`,
    timeoutMs: timeoutMs + GRACE_MS,
    readOnly,
    confirm: definition.confirm.includes(listed.name),
  }
  const rules = mcpArgumentRules(name, listed.inputSchema, validate, definition.pii)
  return assembleTool(frame, rules, async (args, context) => {
    const inTime = AbortSignal.any([context.signal, AbortSignal.timeout(timeoutMs)])
    const startedAt = performance.now()
    const leave = await gate.enter(caller.host, maxConcurrent, inTime)
    if (leave === null) return unanswered(facts, false)
    const calling = { name: listed.name, arguments: args, meta: metaOf(context), signal: inTime }
    const answer = await caller.call(calling).finally(leave)
    const fields = { tool: name, tookMs: Math.round(performance.now() - startedAt) }
    if (answer.type === 'result') {
      context.log('mcp server answered', { ...fields, isError: answer.result.isError === true })
      return readResult(facts, answer.result)
    }
    context.log('mcp server did not serve', { ...fields, code: answer.code })
    if (answer.type === 'refused') return refused(facts, answer.why)
    if (answer.code === 'FORBIDDEN')
      throw new ToolFailure(`${name} is not possible: this server may not reach its backend. Tell the caller.`)
    return unanswered(facts, answer.sent)
  })
}

/** For servers that can tell that they have been asked for the same thing before. */
function metaOf({ idempotencyKey, callId }: ToolContext): Readonly<Record<string, string>> {
  return { 'earshot/idempotencyKey': idempotencyKey, 'earshot/callId': callId }
}

function refused({ name, piiResult }: McpToolFacts, why: string): ToolAnswer {
  const error = 'The server refused this. Nothing was done.'
  return {
    status: 'failed',
    output: labelled(name, why, { error }),
    logged: labelled(name, piiResult ? REDACTED : why, { error }),
  }
}

function unanswered(
  { name, readOnly }: { readonly name: string; readonly readOnly: boolean },
  sent: boolean,
): ToolAnswer {
  if (!sent)
    throw new ToolFailure(`${name} did not work: its server cannot be reached, and nothing was done. Tell the caller.`)
  if (readOnly) throw new ToolFailure(`${name} did not work: its server did not answer. Tell the caller.`)
  return { status: 'unknown', output: unknownOutcome(name) }
}
