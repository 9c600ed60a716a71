/** Which calls: options that listing and exporting have in common. Read at every start, so nothing else comes in with it. */
import { type Command, InvalidArgumentError } from 'commander'

export function withCallFilter(command: Command): Command {
  return command
    .option('--text <words>', 'calls in which this was said')
    .option('--agent <name...>', 'calls of these agents')
    .option('--outcome <outcome...>', 'contained, transferred, abandoned, cut-short, failed')
    .option('--reason <reason...>', 'why they ended, as in docs/end-reasons.md')
    .option('--number <number...>', 'calls to these numbers')
    .option('--caller <number>', "a caller's number, or the end of it")
    .option('--from <date>', 'that began at or after, like 2026-11-21 or 2026-11-21T10:00Z', date)
    .option('--to <date>', 'that began before', date)
    .option('--tool <name...>', 'in which these tools were called')
    .option('--tag <tag...>', 'with these tags')
    .option('--flag <flag...>', 'live, interrupted, tool-failed, slow, asked-for-person…, all of them')
    .option('--min-strain <n>', 'at least so hard on the caller, 0 to 100', Number)
}

function date(text: string): number {
  const at = Date.parse(text)
  if (Number.isNaN(at)) throw new InvalidArgumentError('a date like 2026-11-21 or 2026-11-21T10:00Z')
  return at
}
