/** Lets handler files import `earshot` and `zod` wherever they lie: a mounted folder of its own has no node_modules. */
import { registerHooks } from 'node:module'
import { sep } from 'node:path'
import { pathToFileURL } from 'node:url'

/** In a module's address: the version of the files that handlers import, which the modules they import carry on. */
export const SUPPORT_KEY = 'support'

const folders = new Set<string>()
let hooked = false

/**
 * From now on imports of `earshot` and `zod` in files of this folder, and of folders in it, give Earshot's own. One zod
 * for both sides, because a schema made with another copy might not be understood.
 * @param folder absolute, and free of symbolic links: modules are known by their real paths
 */
export function serveHandlerImports(folder: string): void {
  folders.add(pathToFileURL(folder + sep).href)
  if (hooked) return
  hooked = true
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const asked = isHandler(context.parentURL)
      if (asked && specifier === 'earshot')
        return { url: new URL('./tool.ts', import.meta.url).href, shortCircuit: true }
      const ours = asked && /^zod(\/|$)/.test(specifier)
      const resolved = nextResolve(specifier, ours ? { ...context, parentURL: import.meta.url } : context)
      // A folder without a package.json does not say whether its files are modules: handlers always are.
      const handler = isHandler(resolved.url) && /\.ts(\?|$)/.test(resolved.url)
      const url = asked && isHandler(resolved.url) ? ofSameLoad(resolved.url, context.parentURL) : resolved.url
      return handler ? { ...resolved, url, format: 'module-typescript' } : { ...resolved, url }
    },
  })
}

/** Node keeps a module by its address for ever: another version of a file that handlers share has another one. */
function ofSameLoad(url: string, parentUrl: string | undefined): string {
  const support = parentUrl === undefined ? null : new URL(parentUrl).searchParams.get(SUPPORT_KEY)
  if (support === null || url.includes('/node_modules/') || url.includes('?')) return url
  return `${url}?${SUPPORT_KEY}=${support}`
}

function isHandler(url: string | undefined): boolean {
  return url !== undefined && [...folders].some((folder) => url.startsWith(folder))
}
