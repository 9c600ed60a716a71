/** The dashboard and the page about figures speak of the figures that there are, and of all of them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { createMetrics } from '../../src/telemetry/metrics.ts'

const docs = (name: string) => readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8')

async function metricNames(): Promise<readonly string[]> {
  const none = {
    liveCalls: () => 0,
    waitingEvents: () => 0,
    spooledBytes: () => 0,
    logIsBehind: () => false,
    isTool: () => false,
  }
  const metrics = createMetrics({ ...none, version: '0' })
  const { text } = await metrics.page()
  metrics.close()
  return [...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1] ?? '')
}

function metricsIn(text: string): Set<string> {
  return new Set([...text.matchAll(/\bearshot_[a-z_]+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, '')))
}

it('the dashboard asks only for figures that there are', async () => {
  const Dashboard = z.object({ panels: z.array(z.object({ targets: z.array(z.object({ expr: z.string() })) })) })
  const { panels } = Dashboard.parse(JSON.parse(docs('grafana-dashboard.json')))
  const asked = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join('\n')
  const names = await metricNames()
  expect([...metricsIn(asked)].filter((name) => !names.includes(name))).toEqual([])
  expect(metricsIn(asked).size).toBeGreaterThan(12)
})

it('docs/metrics.md names every figure of ours, and no other', async () => {
  const ours = (await metricNames()).filter((name) => name.startsWith('earshot_'))
  expect([...metricsIn(docs('metrics.md'))].toSorted()).toEqual(ours.toSorted())
})
