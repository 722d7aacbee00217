#!/usr/bin/env node
import { readArguments } from './lib/cli/arguments.ts';
import { keepStanding, lostPlace } from './lib/cli/standing.ts';
import type { PairsJob } from './lib/cli/run.ts';

const argv = process.argv.slice(2);
const wanted = readArguments(argv, import.meta);
// meow names the process after the package alone; in a list of processes its folders matter.
process.title = ['fsync', ...argv].join(' ');
const lost = lostPlace(argv);
keepStanding();

if (!wanted.ok) {
  refuse(wanted.message);
} else if ('text' in wanted) {
  print(process.stdout, wanted.text);
} else if (lost !== undefined) {
  refuse(lost, 3);
} else if ('asking' in wanted) {
  const { askAndTell } = await import('./lib/cli/ask.ts');
  process.exitCode = await askAndTell(wanted);
} else if ('path' in wanted) {
  const { lookAndTell } = await import('./lib/cli/look.ts');
  process.exitCode = await lookAndTell(wanted);
} else if ('config' in wanted) {
  const { readConfig } = await import('./lib/cli/config.ts');
  const read = await readConfig(wanted);
  if (read.ok) await runPairs({ ...read, command: wanted.command });
  else refuse(read.message);
} else {
  const { command, options, output } = wanted;
  await runPairs({ command, pairs: [{ name: '', options }], output });
}

/** Loads the engine, only now, so that help and refusals are quick. */
async function runPairs(job: PairsJob): Promise<void> {
  const { run } = await import('./lib/cli/run.ts');
  await run(job, (text) => print(process.stderr, text));
}

function refuse(message: string, exitCode = 2): void {
  print(process.stderr, `fsync: ${message}\n`);
  process.exitCode = exitCode;
}

/** Nobody has to read what we print: a closed pipe or a full disk is no reason to die loudly. */
function print(stream: NodeJS.WriteStream, text: string): void {
  stream.on('error', () => {});
  stream.write(text);
}
