/** The secret of a link stands behind `#`, which browsers send to no server; it is taken out of the address at once. */

let kept: { readonly path: string; readonly token: string } | null = null

/** Null when the link has none. The same page asked again has the same answer. */
export function tokenOfAddress(): string | null {
  const token = decodeURIComponent(location.hash.slice(1))
  if (token !== '') {
    kept = { path: location.pathname, token }
    // It must not stay in the history of the browser, nor be shown over somebody's shoulder.
    history.replaceState(history.state, '', location.pathname + location.search)
  }
  return kept?.path === location.pathname ? kept.token : null
}
