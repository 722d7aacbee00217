import fs from 'node:fs';
import os from 'node:os';

import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import { readConfig } from '../../lib/cli/config.ts';
import { readPairs } from '../../lib/cli/config-pairs.ts';
import { configSchema } from '../../lib/cli/config-schema.ts';
import { CONFIG_OPTIONS } from '../../lib/cli/option-table.ts';
import { defineConfig, type Config, type PairConfig } from '../../lib/index.ts';
import { ROOT } from '../support/sources.ts';
import { tempFolder } from '../support/temp.ts';

const FILE = { name: 'fsync.config.json', folder: '/cfg' };
const ONE = { source: 'A', replica: 'B' };
const TWO = { pairs: [ONE, { source: '/c', replica: '../d', name: 'second' }] };

const right = suite('readPairs, right use');

/** The names, and the options without the two folders. */
function read(config: unknown, line = {}): { names: string[]; options: object[]; output: object } {
  const pairs = readPairs(config, line, FILE);
  if (!pairs.ok) throw new Error(pairs.message);
  const options = pairs.pairs.map(({ options: all }) => {
    const { source: _source, replica: _replica, ...rest } = all;
    return rest;
  });
  return { names: pairs.pairs.map(({ name }) => name), options, output: pairs.output };
}

right('counts relative paths from the folder of the file, and takes ~ for home', () => {
  const config = { ...TWO, logFile: 'logs/', trash: '~/t', stateDir: '/state' };
  const pairs = readPairs(config, {}, FILE);
  $.ok(pairs.ok);
  $.equal(pairs.pairs.map(({ options: { source, replica, trash, stateDir } }) =>
    [source, replica, trash, stateDir]), [
    ['/cfg/A', '/cfg/B', `${os.homedir()}/t`, '/state'],
    ['/c', '/d', `${os.homedir()}/t`, '/state'],
  ]);
  $.is(pairs.output.logFile, '/cfg/logs/');
});

right('calls a pair by its name, else by both its folders as they are written', () => {
  $.equal(read(TWO).names, ['A → B', 'second']);
});

right('takes a file without pairs for one pair', () => {
  $.equal(read({ ...ONE, interval: '5m', $schema: 'x' }),
    { names: ['A → B'], options: [{ intervalMs: 300_000 }],
      output: { json: false, quiet: false, verbose: false } });
});

right('lets a pair say otherwise than the file, and the command line than both', () => {
  const config = { interval: '1m', checksum: true, pairs: [
    { source: 'A', replica: 'B', interval: 2, checksum: false }, { source: 'C', replica: 'D' },
  ] };
  $.equal(read(config).options, [
    { intervalMs: 2_000 }, { intervalMs: 60_000, checksum: true }]);
  $.equal(read(config, { interval: '3s', checksum: true }).options, [
    { intervalMs: 3_000, checksum: true },
    { intervalMs: 3_000, checksum: true }]);
});

right('adds up what is to be ignored: the command line comes last', () => {
  const config = { ignore: 'a', pairs: [{ ...ONE, ignore: ['b', 'c'] }] };
  $.equal(read(config, { ignore: ['!a'] }).options, [{ ignore: ['a', 'b', 'c', '!a'] }]);
});

right('lets the command line be quiet where the file is verbose', () => {
  $.equal(read({ ...ONE, verbose: true }, { quiet: true }).output,
    { json: false, quiet: true, verbose: false });
});

right('takes numbers for numbers', () => {
  const numbers = { maxDelete: 5, workers: 0, chunkSize: 65_536, settle: 1, maxWait: 2 };
  $.equal(read({ ...ONE, ...numbers }).options, [{ maxDelete: { entries: 5 }, workers: 0,
    chunkBytes: 65_536, settleMs: 1_000, maxWaitMs: 2_000 }]);
});

right.run();

// ---

const wrong = suite('readPairs, wrong use');

const refusals: readonly [unknown, string][] = [
  [undefined, 'it has no default export: write export default { pairs: [...] }'],
  [[], 'it is no object: write { "pairs": [...] }'],
  [{ pairs: [] }, 'bad "pairs": write an array of objects, such as '
    + '[{ "source": "project", "replica": "backup/project" }]'],
  [{ replica: 'B' }, '"source" is missing: write the folder that is read'],
  [{ pairs: [ONE, { source: 'C' }] },
    'pairs[1]: "replica" is missing: write the folder that is made equal to the source'],
  [{ ...ONE, intervall: '5m' }, 'unknown key "intervall": did you mean "interval"?'],
  [{ ...ONE, 'max-delete': 5 }, 'unknown key "max-delete": did you mean "maxDelete"?'],
  [{ ...ONE, exclude: 'x' }, 'unknown key "exclude": did you mean "ignore"?'],
  [{ pairs: [{ ...ONE, sorce: 'x' }] }, 'pairs[0]: unknown key "sorce": did you mean "source"?'],
  [{ ...ONE, dryRun: true },
    '"dryRun" belongs on the command line, as --dry-run: leave it out'],
  [{ pairs: [{ ...ONE, logFile: 'x' }] },
    'pairs[0]: "logFile" counts for all pairs: write it beside "pairs"'],
  [{ ...ONE, gitignore: 'yes' }, 'bad "gitignore" "yes": write true or false'],
  [{ ...ONE, interval: true },
    'bad "interval" true: write a value such as "10m", or a number'],
  [{ ...ONE, source: 5 }, 'bad "source" 5: write a value such as "/home/me/project"'],
  [{ ...ONE, trash: '' }, 'bad "trash" "": write a value such as "/mnt/backup/trash"'],
  [{ ...ONE, trash: null }, 'bad "trash" null: write a value such as "/mnt/backup/trash"'],
  [{ ...ONE, ignore: [1] },
    'bad "ignore" [ 1 ]: write a value such as "*.log", or an array of them'],
  [{ ...ONE, name: 'a\nb' },
    'bad "name" "a\\nb": write a name of one line and at most 60 characters'],
  [{ ...ONE, interval: 'soon' }, 'bad "interval" "soon": it is not a time; '
    + 'write a time such as 10m, 1h30m, 90s or 250ms'],
  [{ interval: 'soon', pairs: [ONE] }, 'bad "interval" "soon": it is not a time; '
    + 'write a time such as 10m, 1h30m, 90s or 250ms'],
  [{ pairs: [ONE, { source: 'C', replica: 'D', hash: 'crc' }] }, 'pairs[1]: bad "hash" "crc": '
    + 'it is not a hash known here; write md5, sha1 or sha256'],
  [{ pairs: [{ ...ONE, settle: '5s' }] }, 'pairs[0]: "settle" 5s is longer than "maxWait" 1s, so '
    + 'changes would never settle: write "maxWait" 5s or more'],
  [{ ...ONE, trashKeep: '3d' }, '"trashKeep" says how long the trash is kept: '
    + 'write "trash" FOLDER beside it'],
  [{ ...ONE, quiet: true, verbose: true },
    '"quiet" and "verbose" contradict each other: give one of them'],
  [{ pairs: [{ ...ONE, name: 'x' }, { source: 'C', replica: 'D', name: 'x' }] },
    'pairs[1]: another pair is called "x", too: give each a "name" of its own'],
];

for (const [config, message] of refusals) {
  wrong(`refuses ${JSON.stringify(config)}`, () => {
    $.equal(readPairs(config, {}, FILE), { ok: false, message: `${FILE.name}: ${message}` });
  });
}

wrong('names the key of a value that JSON has no word for, as a module may have', () => {
  const around: unknown[] = [];
  around.push(around);
  for (const [ignore, shown] of [[around, '<ref *1> [ [Circular *1] ]'], [10n, '10n']] as const) {
    $.equal(readPairs({ ...ONE, ignore }, {}, FILE), { ok: false, message: `${FILE.name}: `
      + `bad "ignore" ${shown}: write a value such as "*.log", or an array of them` });
  }
});

wrong('lists the keys where none is near', () => {
  const refused = readPairs({ ...ONE, colour: 'red' }, {}, FILE);
  $.ok(!refused.ok);
  $.match(refused.message, /^fsync\.config\.json: unknown key "colour": the keys are source, /);
});

wrong('names what the command line says as there', () => {
  $.equal(readPairs(ONE, { interval: '0' }, FILE), { ok: false,
    message: 'bad --interval "0": it is zero; write a time such as 10m, 1h30m, 90s or 250ms' });
});

wrong.run();

// ---

const files = suite('config files');

/** Writes it below a fresh folder, and reads it. */
function readFile(name: string, content: string): ReturnType<typeof readConfig> {
  const file = `${tempFolder()}/${name}`;
  fs.writeFileSync(file, content);
  return readConfig({ ok: true, command: 'watch', config: file, flags: {} });
}

files('are read as JSON, and as a module', async () => {
  for (const [name, content] of [
    ['c.json', '\uFEFF{ "source": "A", "replica": "B" }'],
    ['c.mjs', 'export default { source: "A", replica: ["B"].join() };'],
  ] as const) {
    const pairs = await readFile(name, content);
    $.ok(pairs.ok, JSON.stringify(pairs));
    $.equal(pairs.pairs.map(({ name: pair }) => pair), ['A → B']);
  }
});

files('that cannot be read are refused in one line that says why', async () => {
  const rows: readonly [string, string, RegExp][] = [
    ['c.json', '{ "source": ', /c\.json: it is not valid JSON: "/],
    ['c.mjs', 'export default {', /c\.mjs: it cannot be loaded: "/],
    ['c.mjs', 'throw new Error("a\\nb")', /c\.mjs: it cannot be loaded: "a"/],
    ['c.yaml', '', /c\.yaml: the name of a config file ends in \.json, \.mjs or \.ts/],
  ];
  for (const [name, content, message] of rows) {
    const refused = await readFile(name, content);
    $.ok(!refused.ok);
    $.match(refused.message, message);
    $.not.match(refused.message, /\n/);
  }
  const none = await readConfig({ ok: true, command: 'sync', config: undefined, flags: {} });
  $.equal(none, { ok: false, message: 'SOURCE and REPLICA are missing: write '
    + '`fsync sync SOURCE REPLICA`, or list pairs of folders in a file fsync.config.json' });
  const folder = await readConfig({ ok: true, command: 'sync', config: '/', flags: {} });
  $.equal(folder, { ok: false, message: '/: it is a folder: name a file' });
  const missing = await readConfig(
    { ok: true, command: 'sync', config: '/nowhere.json', flags: {} });
  $.equal(missing, { ok: false, message: '/nowhere.json: there is no such file' });
});

files.run();

// ---

const schema = suite('fsync.config.schema.json');

const EVERY: Required<PairConfig> = {
  name: '', source: '', replica: '', interval: '', settle: '', maxWait: '', checksum: true,
  scrub: '', hash: 'md5', maxDelete: 0, approveDeletes: true, ignore: [], gitignore: true,
  deleteIgnored: true, trash: '', trashKeep: '', onSync: '', durable: true, workers: 0,
  chunkSize: 0, stateDir: '',
};
const WHOLE: Required<Config> = { ...EVERY, $schema: '', pairs: [], logFile: '', logKeep: '',
  json: true, quiet: true, verbose: true };

schema('is the one that follows from the options: npm run build writes it', () => {
  const file = fs.readFileSync(`${ROOT}fsync.config.schema.json`, 'utf8');
  $.equal(file, `${JSON.stringify(configSchema(), undefined, 2)}\n`);
});

schema('has the keys that are understood, and so has the type', () => {
  const { properties } = configSchema() as { properties: { pairs: object } };
  $.equal(Object.keys(properties).toSorted(), Object.keys(WHOLE).toSorted());
  const understood = [...CONFIG_OPTIONS.keys(), '$schema', 'name', 'pairs'];
  $.equal(understood.toSorted(), Object.keys(WHOLE).toSorted());

  const { items } = properties.pairs as unknown as { items: { properties: object } };
  $.equal(Object.keys(items.properties).toSorted(), Object.keys(EVERY).toSorted());
  $.is(defineConfig(WHOLE), WHOLE);
});

schema.run();
