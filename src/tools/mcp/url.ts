/** What is wrong with the URL of a server, before anything is asked of the network. */

/** @returns a sentence for the person who wrote it, or null */
export function urlFaultOf(text: string): string | null {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    return 'a URL is needed, like "https://crm.example/mcp"'
  if (/[{}$]/.test(text)) return 'nothing is filled in here: write the URL out'
  if (url.username !== '' || url.password !== '') return 'a name and password do not belong in a URL: use `auth`'
  return url.hash === '' ? null : 'a URL for a server has no `#…`'
}
