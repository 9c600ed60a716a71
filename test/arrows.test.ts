/** Which folder may import which: the tree of the design, held by parsing every import of src. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const CONTRACTS =
  /^(agents\/agent|agents\/admit|agents\/before-greeting|agents\/days|carriers\/carrier|providers\/provider|tools\/tool|call-log\/store)\.ts$/

interface Layer {
  readonly from: RegExp
  readonly mayImport: readonly RegExp[]
  /** Packages and node: modules. */
  readonly outside: 'any' | 'none' | readonly string[]
}

/** In the order of the tree; the first that matches a file holds for it. */
const LAYERS: readonly Layer[] = [
  { from: /^audio\/wasm\/build\.ts$/, mayImport: [/^audio\//], outside: 'any' },
  { from: /^audio\//, mayImport: [/^audio\//], outside: ['alawmulaw'] },
  { from: /^call\//, mayImport: [/^(audio|call)\//], outside: ['zod'] },
  { from: /^(carriers|providers)\/registry\.ts$/, mayImport: [/^(audio|call|carriers|providers)\//], outside: 'any' },
  { from: /^carriers\//, mayImport: [/^(audio|call)\//, /^carriers\/carrier\.ts$/], outside: 'any' },
  { from: /^providers\//, mayImport: [/^(audio|call)\//, /^providers\/provider\.ts$/], outside: 'any' },
  { from: /^(tools)\//, mayImport: [/^(call|tools)\//], outside: 'any' },
  {
    from: /^(agents)\//,
    // Whoever uses a setting declares its schema: a tool of YAML is part of an agent's file.
    mayImport: [/^(call|agents)\//, /^tools\/(http\/definition|mcp\/shape)\.ts$/],
    outside: 'any',
  },
  { from: /^database\//, mayImport: [/^database\//], outside: 'any' },
  { from: /^(call-log)\//, mayImport: [/^(call|call-log|database)\//], outside: 'any' },
  { from: /^desk\//, mayImport: [/^(desk|database)\//, /^console\/contract\//], outside: 'any' },
  { from: /^telemetry\//, mayImport: [/^(call|telemetry)\//], outside: 'any' },
  { from: /^hooks\//, mayImport: [/^(call|call-log|database|hooks|tools\/network)\//], outside: 'any' },
  // What the server and the page in the browser agree on: nothing of Node may come in with it.
  {
    from: /^console\/contract\//,
    mayImport: [/^console\/contract\//, /^call\//, /^call-log\/(rows|query|transcript)\.ts$/],
    outside: ['zod'],
  },
  {
    from: /^console\//,
    mayImport: [/^(call|agents|call-log|bridge|console|desk|config-dir)\//, CONTRACTS],
    outside: 'any',
  },
  { from: /^config-dir\//, mayImport: [/^(agents|tools|config-dir)\//], outside: 'any' },
  { from: /^bridge\//, mayImport: [/^(audio|call|bridge)\//, CONTRACTS, /^tools\/idempotency\.ts$/], outside: 'any' },
  { from: /^twin\//, mayImport: [/^(audio|twin)\//], outside: 'any' },
  { from: /^server\//, mayImport: [/^(bridge|server|console|telemetry)\//, /^carriers\/carrier\.ts$/], outside: 'any' },
  {
    from: /^cli\//,
    mayImport: [
      /^(server|twin|agents|call-log|database|desk|tools|cli|call|config|config-dir)\//,
      /^console\/contract\//,
      CONTRACTS,
      /^earshot\.ts$/,
    ],
    outside: 'any',
  },
  { from: /^config\//, mayImport: [/settings\.ts$/, /^config\//, /^agents\/nearest\.ts$/], outside: 'any' },
  { from: /^(main|earshot)\.ts$/, mayImport: [/./], outside: 'any' },
]

/** A plug-in folder may import its own files, its family's contract and the core, never a sibling. */
const PLUG_IN = /^(carriers|providers)\/([^/]+)\//

interface Import {
  readonly file: string
  readonly target: string
  readonly inside: boolean
  readonly typesOnly: boolean
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, 'src', file), 'utf8').replace(/^\s*(\/\/|\*|\/\*).*$/gm, '')
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s*['"]([^'"]+)['"]/g,
  )
  return [...found].map((match) => {
    const target = match[1] ?? match[2] ?? match[3] ?? ''
    // Data is nobody's module.
    const inside = target.startsWith('.') && !target.endsWith('.json')
    const typesOnly = /^\s*import type\b/.test(match[0])
    return { file, target: inside ? relative('src', join('src', dirname(file), target)) : target, inside, typesOnly }
  })
}

/** The pages take types from the contract and from the rows; of code, only what brings no library with it. */
const WEB_MAY_IMPORT =
  /^(console\/web\/|console\/contract\/|call\/(end-reason|end-words|errors)\.ts$|call-log\/(rows|query|transcript)\.ts$)/
const WEB_MAY_RUN =
  /^(console\/web\/|console\/contract\/turned-away\.ts$|call\/(end-reason|end-words|errors)\.ts$|agents\/line-diff\.ts$)/

const webFiles = globSync('console/web/**/*.{ts,tsx}', { cwd: join(ROOT, 'src') })
const files = globSync('**/*.ts', { cwd: join(ROOT, 'src') }).filter((file) => !file.startsWith('console/web/'))
const imports = files.flatMap(importsOf)

it('saw the modules and their imports', () => {
  expect(files.length).toBeGreaterThan(60)
  expect(imports.filter((each) => each.inside).length).toBeGreaterThan(150)
  for (const { file, target, inside } of imports)
    if (inside) expect(files, `${file} imports ${target}`).toContain(target)
})

it('the pages in the browser import only themselves and types', () => {
  const crossings = webFiles.flatMap(importsOf).filter(({ target, inside, typesOnly }) => {
    return inside && !(typesOnly ? WEB_MAY_IMPORT : WEB_MAY_RUN).test(target)
  })
  expect(webFiles.length).toBeGreaterThan(30)
  expect(crossings.map(({ file, target }) => `${file} → ${target}`)).toEqual([])
})

it('words of callers can only ever be text in the pages', () => {
  const written = webFiles.filter((file) =>
    /dangerouslySetInnerHTML|\.(inner|outer)HTML|insertAdjacentHTML|document\.write|createContextualFragment/.test(
      readFileSync(join(ROOT, 'src', file), 'utf8'),
    ),
  )
  expect(written).toEqual([])
})

it('every file belongs to a layer', () => {
  expect(files.filter((file) => !LAYERS.some((layer) => layer.from.test(file)))).toEqual([])
})

it('imports follow the arrows', () => {
  const crossings = imports.filter(({ file, target, inside }) => {
    const layer = LAYERS.find((each) => each.from.test(file))
    if (layer === undefined) return true
    if (!inside) return layer.outside !== 'any' && (layer.outside === 'none' || !layer.outside.includes(target))
    const own = PLUG_IN.exec(file)
    if (own !== null && target.startsWith(`${own[1]}/${own[2]}/`)) return false
    return !layer.mayImport.some((allowed) => allowed.test(target))
  })
  expect(crossings.map(({ file, target }) => `${file} → ${target}`)).toEqual([])
})

it('nothing imports main.ts, and only the command line imports earshot.ts', () => {
  expect(imports.filter(({ target, inside }) => inside && target === 'main.ts')).toEqual([])
  const importers = imports.filter(({ target, inside }) => inside && target === 'earshot.ts').map(({ file }) => file)
  expect(importers.filter((file) => !file.startsWith('cli/') && file !== 'main.ts')).toEqual([])
})

it('has no cycles', () => {
  const edges = new Map<string, string[]>(files.map((file) => [file, []]))
  for (const { file, target, inside } of imports) if (inside) edges.get(file)?.push(target)
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) return void cycles.push([...path.slice(path.indexOf(file)), file].join(' → '))
    if (done.has(file)) return
    for (const next of edges.get(file) ?? []) visit(next, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  expect(cycles).toEqual([])
})
