// Runs one row, given as an argument, and tells all that happened.
import type { Row } from './row.ts';
import { run } from './run.ts';

const { wrong, log } = await run(JSON.parse(process.argv[2]!.replace(/,$/, '')) as Row);
console.log([...log, '', ...wrong].join('\n'));
