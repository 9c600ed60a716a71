#!/usr/bin/env node
/** The command line. */
import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { Command, InvalidArgumentError, Option } from 'commander'
import { withCallFilter } from './cli/call-options.ts'

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
  .option('--stay', 'keep the console up afterwards, and print a link into it', false)
  .action(async (options) => (await import('./cli/demo.ts')).demo(options))

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

withCallFilter(program.command('calls'))
  .description('list the calls in the log, newest first')
  .option('-n, --limit <n>', 'how many', count, 20)
  .option('--numbers', 'show whole telephone numbers', false)
  .action(async (options) => (await import('./cli/log.ts')).listCalls(options))

program
  .command('show <callId>')
  .description('one call: what was said, heard, done, how long it took and what it cost')
  .option('--numbers', 'show whole telephone numbers', false)
  .action(async (callId, options) => (await import('./cli/log.ts')).showCall(callId, options))

withCallFilter(program.command('export'))
  .description('write calls out: CSV, a row each, or JSONL, a call each with all that was said and done')
  .addOption(new Option('--format <format>', 'what they are written as').choices(['csv', 'jsonl']).default('csv'))
  .option('--out <file>', 'where to; otherwise to standard output')
  .action(async (options) => (await import('./cli/log.ts')).exportLog(options))

program
  .command('rebuild')
  .description('fold the rows of all calls from their events again; the server must be stopped')
  .action(async () => (await import('./cli/log.ts')).rebuildLog())

program
  .command('erase')
  .description('take calls out of the log for good; the server must be stopped')
  .option('--call <id...>', 'these calls')
  .option('--caller <number>', 'all calls of a caller, by the whole number')
  .action(async (options) => (await import('./cli/erase.ts')).erase(options))

const users = program.command('users').description('who may use the console')
users
  .command('add')
  .description('add a user, and print a link with which they set their password')
  .requiredOption('--email <address>', 'what they sign in with', email)
  .requiredOption('--name <name>', 'how they are called', name)
  .option('--role <role>', 'viewer, manager or admin', role, 'viewer')
  .action(async (options) => (await import('./cli/users.ts')).addUser(options))
users
  .command('list')
  .description('list all users')
  .action(async () => (await import('./cli/users.ts')).listUsers())
users
  .command('link <email>')
  .description('print a link with which a user sets a new password; their sessions end')
  .action(async (address) => (await import('./cli/users.ts')).linkUser(address))
users
  .command('disable <email>')
  .description('lock a user out; their sessions end')
  .action(async (address) => (await import('./cli/users.ts')).disableUser(address, true))
users
  .command('enable <email>')
  .description('let a user in again')
  .action(async (address) => (await import('./cli/users.ts')).disableUser(address, false))
users
  .command('remove <email>')
  .description('take a user away; what they wrote stays')
  .action(async (address) => (await import('./cli/users.ts')).removeUser(address))

const keys = program.command('keys').description('keys of the API')
keys
  .command('create')
  .description('make a key, and print it this once')
  .requiredOption('--name <name>', 'what it is for', name)
  .requiredOption('--role <role>', 'viewer, manager or admin', role)
  .action(async (options) => (await import('./cli/keys.ts')).createKey(options))
keys
  .command('list')
  .description('list all keys')
  .action(async () => (await import('./cli/keys.ts')).listKeys())
keys
  .command('remove <name>')
  .description('take a key away: it stops working at once')
  .action(async (given) => (await import('./cli/keys.ts')).removeKey(given))

function role(text: string): 'viewer' | 'manager' | 'admin' {
  if (text === 'viewer' || text === 'manager' || text === 'admin') return text
  throw new InvalidArgumentError('viewer, manager or admin')
}

function email(text: string): string {
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) || text.length > 200) throw new InvalidArgumentError('an e-mail address')
  return text
}

function name(text: string): string {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed.length > 100) throw new InvalidArgumentError('1 to 100 characters')
  return trimmed
}

function seconds(text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || value < 0) throw new InvalidArgumentError('a number of seconds, 0 or more')
  return value
}

function count(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 500)
    throw new InvalidArgumentError('a whole number from 1 to 500')
  return value
}

try {
  await program.parseAsync()
} catch (error) {
  // What the operator can mend comes as a sentence; anything else is a bug and comes with its stack.
  const known =
    error instanceof Error && ['ConfigError', 'AgentProblems', 'StartError', 'DeskError'].includes(error.name)
  process.stderr.write(known ? `${error.message}\n` : `${error instanceof Error ? error.stack : String(error)}\n`)
  process.exitCode = 1
}
