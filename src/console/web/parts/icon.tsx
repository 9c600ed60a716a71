/** The icons: strokes on a grid of 16, drawn in the colour of the text around them. */

const PATHS = {
  calls: 'M2.5 4h11M2.5 8h11M2.5 12h7',
  live: 'M8 6.5a1.5 1.5 0 1 0 0 3a1.5 1.5 0 1 0 0-3M4.8 11.2a4.5 4.5 0 0 1 0-6.4M11.2 4.8a4.5 4.5 0 0 1 0 6.4M2.6 13.4a7.6 7.6 0 0 1 0-10.8M13.4 2.6a7.6 7.6 0 0 1 0 10.8',
  phone:
    'M5.6 2.5H3.2c-.5 0-.8.4-.7.9a12 12 0 0 0 10.1 10.1c.5.1.9-.2.9-.7v-2.4l-3-1.1-1.4 1.4a9 9 0 0 1-3.8-3.8l1.4-1.4z',
  analytics: 'M2.5 13.5h11M4 11V8M7 11V4M10 11V6.5M13 11V3',
  agents: 'M8 2.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5M3 13.5c.6-2.6 2.5-4 5-4s4.4 1.4 5 4',
  settings:
    'M2.5 5h6M11.5 5h2M10 3.5a1.5 1.5 0 1 0 0 3a1.5 1.5 0 1 0 0-3M2.5 11h2M7.5 11h6M6 9.500a1.5 1.5 0 1 0 0 3a1.5 1.5 0 1 0 0-3',
  close: 'M4 4l8 8M12 4l-8 8',
  search: 'M7 2.500a4.500 4.500 0 1 0 0 9a4.500 4.500 0 1 0 0-9M10.400 10.400l3.100 3.100',
  down: 'M4 6.500l4 4l4-4',
  up: 'M4 9.500l4-4l4 4',
  left: 'M9.500 4l-4 4l4 4',
  right: 'M6.500 4l4 4l-4 4',
  check: 'M3 8.500l3.200 3.200L13 5',
  columns: 'M2.500 3h11v10h-11zM6.200 3v10M9.800 3v10',
  filter: 'M2.500 4h11M4.500 8h7M6.500 12h3',
  download: 'M8 2.500v7.500M4.800 7L8 10.200L11.200 7M2.500 13.500h11',
  star: 'M8 2.300l1.750 3.600 3.950.560-2.860 2.780.680 3.930L8 11.300l-3.520 1.870.680-3.930L2.300 6.460l3.950-.560z',
  more: 'M3.500 8h.01M8 8h.01M12.500 8h.01',
  warning: 'M8 2.500L14 13H2zM8 6.500v3M8 11.300h.01',
  copy: 'M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3',
  key: 'M5.500 7.500a3 3 0 1 0 0 6a3 3 0 1 0 0-6M7.700 8.300l5.800-5.800M10.800 5.200l2 2',
  sun: 'M8 5.500a2.500 2.500 0 1 0 0 5a2.500 2.500 0 1 0 0-5M8 1.500v1.300M8 13.200v1.300M1.500 8h1.300M13.200 8h1.300M3.400 3.400l.9.9M11.700 11.700l.9.9M3.400 12.600l.9-.9M11.700 4.300l.9-.9',
  note: 'M3 2.500h10v8l-3 3H3zM5.500 6h5M5.500 9h3',
  play: 'M5 3l8 5l-8 5z',
  pause: 'M5 3v10M11 3v10',
  link: 'M6.700 9.300a2.700 2.700 0 0 0 3.800 0l2.200-2.200a2.700 2.700 0 0 0-3.800-3.800l-.8.8M9.300 6.700a2.700 2.700 0 0 0-3.800 0L3.300 8.900a2.700 2.700 0 0 0 3.800 3.800l.8-.8',
} as const

export type IconName = keyof typeof PATHS

/** Only decoration: whatever it stands on needs words as well, or an aria-label. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}
