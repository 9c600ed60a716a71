#!/usr/bin/env node
/** The command line. */
import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { Command, InvalidArgumentError } from 'commander'

// A start after the first reads compiled code: half the time to the first call it can answer.
enableCompileCache()
if (existsSync('.env')) process.loadEnvFile('.env')

const program = new Command('earshot').description('A telephony voice-agent server that knows what the caller heard')

program
  .command('serve')
  .description('answer calls until SIGTERM')
  .option('--local', 'serve unsigned requests of this machine: for local development only', false)
  .option('--grace-seconds <n>', 'how long live calls may go on after SIGTERM', seconds, 60)
  .action(async (options) => (await import('./cli/serve.ts')).serve(options))

program
  .command('demo')
  .description('one whole call, with no account and no network')
  .action(async () => (await import('./cli/demo.ts')).demo())

program
  .command('check')
  .description('check the agents and tools of CONFIG_DIR')
  .option('--json', 'print what is wrong as JSON', false)
  .action(async (options) => (await import('./cli/check.ts')).check(options))

program
  .command('diff')
  .description('show what the agents of CONFIG_DIR would change in what answers calls')
  .action(async () => (await import('./cli/diff.ts')).diff())

program
  .command('schema')
  .description('write agent.schema.json into CONFIG_DIR: editors complete and check agents with it')
  .option('--check', 'write nothing; fail when a file is not current', false)
  .option('--page <file>', 'keep the tables of a Markdown page current, too')
  .action(async (options) => (await import('./cli/schema.ts')).schema(options))

program
  .command('calls')
  .description('list the calls in the log, newest first')
  .option('-n, --limit <n>', 'how many', count, 20)
  .option('--numbers', 'show whole telephone numbers', false)
  .action(async (options) => (await import('./cli/log.ts')).listCalls(options))

program
  .command('show <callId>')
  .description('one call: what was said, heard, done, how long it took and what it cost')
  .option('--numbers', 'show whole telephone numbers', false)
  .action(async (callId, options) => (await import('./cli/log.ts')).showCall(callId, options))

function seconds(text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || value < 0) throw new InvalidArgumentError('a number of seconds, 0 or more')
  return value
}

function count(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a whole number, 1 or more')
  return value
}

try {
  await program.parseAsync()
} catch (error) {
  // What the operator can mend comes as a sentence; anything else is a bug and comes with its stack.
  const known = error instanceof Error && ['ConfigError', 'AgentProblems', 'StartError'].includes(error.name)
  process.stderr.write(known ? `${error.message}\n` : `${error instanceof Error ? error.stack : String(error)}\n`)
  process.exitCode = 1
}
