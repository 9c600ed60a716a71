/** What a browser must load before anything is shown stays small, and fits the Content-Security-Policy. */
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Rolldown } from 'vite'
import { beforeAll, expect, it, vi } from 'vitest'

const WEB = join(import.meta.dirname, '../../../src/console/web')
const SHELL_MOST = 110 * 1024

type Bundle = Rolldown.RolldownOutput['output']
let bundle: Bundle

beforeAll(async () => {
  // Else it would be React's build for development.
  vi.stubEnv('NODE_ENV', 'production')
  const built = await build({
    configFile: join(WEB, 'vite.config.ts'),
    logLevel: 'error',
    mode: 'production',
    build: { write: false },
  })
  vi.unstubAllEnvs()
  if (Array.isArray(built) || !('output' in built)) throw new Error('not one bundle')
  bundle = built.output
})

function chunk(fileName: string): Rolldown.OutputChunk {
  const found = bundle.find((each) => each.fileName === fileName)
  if (found?.type !== 'chunk') throw new Error(`no chunk ${fileName}`)
  return found
}

/** Names of an entry's scripts, with all that they import at once. */
function scriptsOf(entry: Rolldown.OutputChunk, seen = new Set<string>()): Set<string> {
  if (seen.has(entry.fileName)) return seen
  seen.add(entry.fileName)
  for (const name of entry.imports) scriptsOf(chunk(name), seen)
  return seen
}

function html(): string {
  const page = bundle.find(({ fileName }) => fileName === 'index.html')
  if (page?.type !== 'asset') throw new Error('no page')
  return String(page.source)
}

it('the shell weighs at most 110 KB, gzipped', () => {
  const entry = bundle.find((each) => each.type === 'chunk' && each.isEntry)
  if (entry?.type !== 'chunk') throw new Error('no entry')
  const names = scriptsOf(entry)
  const styles = bundle.filter(({ fileName }) => fileName.endsWith('.css') && html().includes(fileName))
  const sizes = [
    ...[...names].map((name) => [name, gzipSync(chunk(name).code).length] as const),
    ...styles.map((each) => [each.fileName, each.type === 'asset' ? gzipSync(each.source).length : 0] as const),
  ]
  const total = sizes.reduce((sum, [, size]) => sum + size, 0)
  expect(styles.length).toBeGreaterThan(0)
  expect(total, JSON.stringify(sizes)).toBeLessThan(SHELL_MOST)
})

it('the schemas of the contract and the charts are not in the shell', () => {
  const entry = bundle.find((each) => each.type === 'chunk' && each.isEntry)
  if (entry?.type !== 'chunk') throw new Error('no entry')
  const modules = [...scriptsOf(entry)].flatMap((name) => chunk(name).moduleIds)
  expect(modules.filter((id) => /node_modules\/(zod|@observablehq|d3-|wavesurfer)/.test(id))).toEqual([])
})

it('the page holds no script, style or handler of its own, and nothing from elsewhere', () => {
  const page = html()
  expect([...page.matchAll(/<script(?![^>]*\ssrc="\/)/g)]).toEqual([])
  expect(page).not.toMatch(/<style|\sstyle=|\son[a-z]+=|javascript:|https?:\/\//)
})
