/** Run as a process of its own by registry.test.ts: loads the tools of a folder, runs each, and prints what came of it. */
import { loadTools } from '../../src/tools/registry.ts'
import { toolContext } from './tool-context.ts'

const { tools, problems } = await loadTools(process.argv[2] ?? '')
const outputs: Record<string, string> = {}
for (const tool of tools.values()) outputs[tool.name] = (await tool.run('{"id":"7"}', toolContext().context)).output
console.log(JSON.stringify({ tools: outputs, problems }))
