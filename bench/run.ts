import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fsync, others, rsync } from './peers.ts';
import { measureRounds } from './rounds.ts';
import { aligned, rowsOf, table } from './table.ts';
import { measureWatch } from './watching.ts';

/**
 * Measures the built fsync beside rsync and what else is installed, as whole processes in the same
 * rounds, and prints one table of medians. No test asserts a time: this is for people.
 *
 *     npm run bench -- --files 100000 --on /dev/shm --rounds 3
 *     npm run bench -- --calls                        counts calls of the system, in a round more
 *     npm run bench -- --watch                        a running watch, instead of single passes
 *     npm run bench -- --before ../old/dist/cli.js    another build, in the same rounds
 */
const HERE = path.dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '100000' },
    on: { type: 'string', default: os.tmpdir() },
    rounds: { type: 'string', default: '3' },
    calls: { type: 'boolean', default: false },
    watch: { type: 'boolean', default: false },
    before: { type: 'string' },
  },
});

const built = spawnSync('npm', ['run', '--silent', 'build'],
  { cwd: path.join(HERE, '..'), stdio: 'inherit' });
if (built.status !== 0) process.exit(1);

const cli = path.join(HERE, '..', 'dist', 'cli.js');
const folder = fs.mkdtempSync(path.join(values.on, 'fsync-bench-'));
const [files, rounds] = [Number(values.files), Number(values.rounds)];
const tell = (line: string): void => console.error(line);
const machine = `${os.cpus().length} cores, Node ${process.version}`;

try {
  if (values.watch) {
    const rows = await measureWatch({ folder, cli, files, tell });
    console.log(`a watch of ${files} files on ${values.on}, ${machine}`);
    const cells = rows.map(([what, found, unit, goal]) =>
      [what, found.toFixed(found < 10 ? 2 : 0), unit, goal]);
    console.log(aligned([['what', 'found', 'unit', 'goal'], ...cells], 1));
    keep({ files, on: values.on, node: process.version, rows });
  } else {
    const peers = [
      rsync, ...others(),
      ...(values.before === undefined ? [] : [fsync('fsync before', values.before)]),
      fsync('fsync', cli),
    ];
    const { calls } = values;
    const results = await measureRounds({ folder, files, rounds, peers, calls, tell });
    const rows = rowsOf(results, rsync.name, files);
    console.log(`${files} files on ${values.on}, ${rounds} rounds, ${machine}\n${table(rows)}`);
    keep({ files, on: values.on, rounds, node: process.version, rows, results });
  }
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}

/** Results of other days, to compare with. */
function keep(found: object): void {
  const to = path.join(HERE, 'results');
  fs.mkdirSync(to, { recursive: true });
  const name = `${new Date().toISOString().replaceAll(':', '-').slice(0, 19)}.json`;
  fs.writeFileSync(path.join(to, name), `${JSON.stringify(found, undefined, 2)}\n`);
}
