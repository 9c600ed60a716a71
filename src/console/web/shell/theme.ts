/** Light, dark, or as the system has it. public/theme.js applies the choice before the first paint. */
import { useStored } from './stored.ts'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [stored, store] = useStored('theme')
  const theme = stored === 'light' || stored === 'dark' ? stored : 'system'
  return [
    theme,
    (next) => {
      if (next === 'system') delete document.documentElement.dataset.theme
      else document.documentElement.dataset.theme = next
      store(next === 'system' ? null : next)
    },
  ]
}
