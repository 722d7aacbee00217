#!/usr/bin/env node
import { readArguments } from './lib/cli/arguments.ts';

const argv = process.argv.slice(2);
const wanted = readArguments(argv, import.meta);
// meow names the process after the package alone; in a list of processes its folders matter.
process.title = ['fsync', ...argv].join(' ');

if (!wanted.ok) {
  print(process.stderr, `fsync: ${wanted.message}\n`);
  process.exitCode = 2;
} else if ('text' in wanted) {
  print(process.stdout, wanted.text);
} else if ('asking' in wanted) {
  const { askAndTell } = await import('./lib/cli/ask.ts');
  process.exitCode = await askAndTell(wanted);
} else if ('path' in wanted) {
  const { lookAndTell } = await import('./lib/cli/look.ts');
  process.exitCode = await lookAndTell(wanted);
} else {
  // Loaded only now, so that help and refusals are quick.
  const { run } = await import('./lib/cli/run.ts');
  await run(wanted, (text) => print(process.stderr, text));
}

/** Nobody has to read what we print: a closed pipe or a full disk is no reason to die loudly. */
function print(stream: NodeJS.WriteStream, text: string): void {
  stream.on('error', () => {});
  stream.write(text);
}
