import { expect, it } from 'vitest'
import { configWith } from '../agents/config-folder.ts'
import { earshot } from './run.ts'

const PRICES =
  'checked: 2026-11-21\nmodels: { gpt-realtime-2.1: { textIn: 4, textCached: 0.4, textOut: 24, audioIn: 32, audioCached: 0.4, audioOut: 64, imageIn: 5, imageCached: 0.5 } }\n'

it('tells everything that is wrong at once, with the place of each, and fails', async () => {
  const config = configWith({
    'pricing.yaml': 'checked: 2026-11-21\nmodels: { m: cheap }\n',
    'tools/broken.ts': 'export default 1\n',
    'agents/base/b.yaml': 'model: { voise: marin }\n',
    'agents/a.yaml': 'extends: base/b.yaml\ninstructions: { file: a.md }\ntools: [lookup]\n',
    'agents/c.yaml': 'instructions: hi\n',
  })
  const { code, stdout } = await earshot(['check'], { CONFIG_DIR: config })
  expect(code).toBe(1)
  expect(stdout.replaceAll(`${config}/`, '').split('\n')).toEqual([
    expect.stringMatching(/^pricing\.yaml:2:14 {2}models\.m: "cheap" does not fit/),
    expect.stringMatching(/^tools\/broken\.ts:1:1 {2}does not default-export a tool/),
    'agents/base/b.yaml:1:10  model.voise: unknown key `voise`: did you mean `voice`?',
    'agents/a.yaml:2:23  instructions.file: agents/a.md does not exist',
    expect.stringMatching(/^agents\/a\.yaml:3:9 {2}tools\.0: there is no tool `lookup`/),
    expect.stringMatching(
      /^warning: agents\/base\/b\.yaml:1:8 {2}model\.name: the price of gpt-realtime-2\.1 is not known/,
    ),
    expect.stringMatching(/^warning: agents\/c\.yaml:1:1 {2}model\.name: the price of gpt-realtime-2\.1 is not known/),
    '5 to mend; 1 agents are well',
    '',
  ])
})

it('gives the same to programs', async () => {
  const config = configWith({ 'pricing.yaml': PRICES, 'agents/a.yaml': 'instructions: hi\nmodel:\n  voice: nova\n' })
  const { code, stdout } = await earshot(['check', '--json'], { CONFIG_DIR: config })
  expect(code).toBe(1)
  const message = expect.stringMatching(/^gpt-realtime-2\.1 has no voice `nova`/)
  const file = `${config}/agents/a.yaml`
  expect(JSON.parse(stdout)).toEqual({
    agents: [],
    problems: [
      { file, line: 3, column: 10, path: 'model.voice', message, text: expect.stringContaining(`${file}:3:10  `) },
    ],
    warnings: [],
  })
})

it('does not fail on a warning', async () => {
  const config = configWith({ 'agents/a.yaml': 'instructions: hi\n' })
  const { code, stdout } = await earshot(['check'], { CONFIG_DIR: config })
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /^warning: .*\nall is well: agents a \([0-9a-f]{12}\); tools end_call, transfer_call, send_sms, note\n$/,
  )
})
