import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { closeSpeech, speak } from '../../src/twin/speech.ts'

afterAll(closeSpeech)

function rms(pcm: Int16Array): number {
  return Math.sqrt(pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length)
}

it('speaks with every voice, at that voice’s own rate, for about as long as the words take', async () => {
  const rates = { slt: 16000, rms: 16000, awb: 16000, kal: 8000, kal16: 16000 } as const
  for (const voice of ['slt', 'rms', 'awb', 'kal', 'kal16'] as const) {
    const { sampleRateHz, pcm } = await speak('Hello, I would like to know about my order.', { voice })
    expect(sampleRateHz).toBe(rates[voice])
    const seconds = pcm.length / sampleRateHz
    expect(seconds).toBeGreaterThan(1.5)
    expect(seconds).toBeLessThan(4)
    expect(rms(pcm)).toBeGreaterThan(500)
  }
})

it('gives the same samples for the same words, and other samples for other words', async () => {
  const [first, again, other] = await Promise.all([
    speak('One two three.', { voice: 'slt' }),
    speak('One two three.', { voice: 'slt' }),
    speak('Four five six seven.', { voice: 'slt' }),
  ])
  expect(again).toBe(first)
  expect(other.pcm).not.toEqual(first.pcm)
  await closeSpeech()
  const afterClose = await speak('One two three.', { voice: 'slt' })
  expect(afterClose).not.toBe(first)
  expect(afterClose.pcm).toEqual(first.pcm)
})

it('takes words that look like options, and none at all', async () => {
  expect((await speak('-h --voice', { voice: 'kal' })).pcm.length).toBeGreaterThan(1000)
  expect(await speak('  \n', { voice: 'kal' })).toEqual({ sampleRateHz: 16000, pcm: new Int16Array(0) })
})

it('refuses a sentence that was under way when it was closed', async () => {
  const speech = speak('This sentence is never finished, because the voice is closed first.', { voice: 'rms' })
  const refused = expect(speech).rejects.toThrow('closed')
  await closeSpeech()
  await refused
})

it('lets the process end by itself, but only when the sentence is spoken', async () => {
  const speechUrl = new URL('../../src/twin/speech.ts', import.meta.url).href
  const script = `import { speak } from '${speechUrl}'; const s = await speak('Hi.', { voice: 'kal' }); console.log(s.pcm.length > 0)`
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.on('data', (data) => {
    out += data
  })
  const [exitCode] = await once(child, 'close')
  expect({ exitCode, out }).toEqual({ exitCode: 0, out: 'true\n' })
})
