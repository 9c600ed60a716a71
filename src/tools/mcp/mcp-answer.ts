/** What an MCP tool's result means for the model and for the log. */
import type { CallToolResult } from '@modelcontextprotocol/client'
import { labelled } from '../labelled.ts'
import { REDACTED } from '../redact.ts'
import { type ToolAnswer, unknownOutcome } from '../tool.ts'

export interface McpToolFacts {
  /** As the model knows it. */
  readonly name: string
  readonly readOnly: boolean
  /** Asking twice does no more than asking once, as the server says. */
  readonly idempotent: boolean
  readonly piiResult: boolean
}

export function readResult(tool: McpToolFacts, result: CallToolResult): ToolAnswer {
  const { data, left } = contentOf(result)
  const notes = left.length === 0 ? {} : { left: `not given to you, because it is no text: ${left.join(', ')}` }
  const told = (more: Readonly<Record<string, unknown>>) => ({
    output: labelled(tool.name, data, { ...more, ...notes }),
    logged: labelled(tool.name, tool.piiResult ? REDACTED : data, { ...more, ...notes }),
  })
  if (result.isError !== true) return told({})
  // A tool that met an error on its way may have done half of its work; where that harms nobody, its own words are enough.
  if (tool.readOnly || tool.idempotent) return { status: 'failed', ...told({ error: 'The tool reports an error.' }) }
  return { status: 'unknown', ...told({ error: unknownOutcome(tool.name) }) }
}

interface Content {
  readonly data: unknown
  /** What a voice agent cannot be given. */
  readonly left: readonly string[]
}

/** Structured content says the same as the texts beside it, and better. */
function contentOf({ structuredContent, content }: CallToolResult): Content {
  const texts: string[] = []
  const left: string[] = []
  for (const block of content) {
    if (block.type === 'text') texts.push(block.text)
    else if (block.type === 'resource' && 'text' in block.resource) texts.push(block.resource.text)
    else if (block.type === 'resource_link') texts.push(`${block.title ?? block.name}: ${block.uri}`)
    else left.push(block.type === 'resource' ? 'a file' : `an ${block.type}`)
  }
  if (structuredContent !== undefined) return { data: structuredContent, left }
  return { data: texts.length === 0 ? null : readableValue(texts.join('\n')), left }
}

/** JSON within JSON would double every quote, and the model reads each of them. */
function readableValue(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
