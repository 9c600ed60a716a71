// Before the first paint, so that a dark room stays dark. A file of its own: the policy allows no script within the page.
try {
  const theme = localStorage.getItem('earshot-theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // No storage: the system's choice holds.
}
