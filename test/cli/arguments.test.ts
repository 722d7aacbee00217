import fc from 'fast-check';
import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import { readArguments } from '../../lib/cli/arguments.ts';

const read = (argv: readonly string[]) => readArguments(argv, import.meta);

// Rows are written as a shell would take them apart at spaces; odd ones are given as lists.
const words = (argv: string | readonly string[]): readonly string[] =>
  typeof argv === 'string' ? argv.split(' ').filter((word) => word !== '') : argv;

const SCREEN = { json: false, quiet: false, verbose: false };
const FOLDERS = { source: 'A', replica: 'B' };

const accepted = suite('readArguments, right use');

interface Expected {
  readonly command: string;
  readonly options?: object;
  readonly output?: object;
}

const right: readonly [string | readonly string[], Expected][] = [
  ['watch A B', { command: 'watch' }],
  ['sync A B', { command: 'sync' }],
  ['check A B', { command: 'check' }],
  ['watch -s A -r B', { command: 'watch' }],
  ['watch --replica=B --source=A', { command: 'watch' }],
  ['watch -s A -r B -i 60 -l log', { command: 'watch',
    options: { intervalMs: 60_000, detail: true }, output: { logFile: 'log' } }],
  ['watch A B -i60', { command: 'watch', options: { intervalMs: 60_000 } }],
  ['watch A B -i=60', { command: 'watch', options: { intervalMs: 60_000 } }],
  ['--interval 1h30m watch A B', { command: 'watch', options: { intervalMs: 5_400_000 } }],
  ['watch A B --interval auto', { command: 'watch', options: { intervalAdapts: true } }],
  ['watch A --interval 10m B', { command: 'watch', options: { intervalMs: 600_000 } }],
  ['watch A B --settle 20 --max-wait 30', { command: 'watch',
    options: { settleMs: 20_000, maxWaitMs: 30_000 } }],
  ['sync A B --hash sha256', { command: 'sync', options: { hash: 'sha256' } }],
  ['sync A B --max-delete 0', { command: 'sync', options: { maxDelete: { entries: 0 } } }],
  ['sync A B --max-delete 10%', { command: 'sync', options: { maxDelete: { percent: 10 } } }],
  ['sync A B --workers 0 --chunk-size 64KiB', { command: 'sync',
    options: { workers: 0, chunkBytes: 65_536 } }],
  ['sync A B --workers=64 --chunk-size=64MiB', { command: 'sync',
    options: { workers: 64, chunkBytes: 67_108_864 } }],
  ['sync A B --dry-run --checksum --approve-deletes --gitignore --delete-ignored',
    { command: 'sync', options: { dryRun: true, checksum: true, approveDeletes: true,
      gitignore: true, deleteIgnored: true } }],
  ['watch A B --trash t --trash-keep 30d', { command: 'watch',
    options: { trash: 't', trashKeepMs: 2_592_000_000 } }],
  ['sync A B -l x/ --log-keep 30d', { command: 'sync', options: { detail: true },
    output: { logFile: 'x/', logKeepMs: 2_592_000_000 } }],
  ['watch A B --durable', { command: 'watch', options: { durable: true } }],
  ['sync A B --state-dir state', { command: 'sync', options: { stateDir: 'state' } }],
  ['sync A B --ignore *.log --ignore=-x --ignore #', { command: 'sync',
    options: { ignore: ['*.log', '-x', '#'] } }],
  ['check A B --ignore x', { command: 'check', options: { ignore: ['x'] } }],
  ['watch A B --json -q', { command: 'watch', output: { json: true, quiet: true } }],
  ['watch A B -v', { command: 'watch', options: { detail: true }, output: { verbose: true } }],
  ['sync A B -q --json -l x/', { command: 'sync', options: { detail: true },
    output: { json: true, quiet: true, logFile: 'x/' } }],
  ['sync -- -A --help', { command: 'sync', options: { source: '-A', replica: '--help' } }],
  ['sync --quiet -- -A -', { command: 'sync', options: { source: '-A', replica: '-' },
    output: { quiet: true } }],
  [['sync', 'a b', 'c\nd'], { command: 'sync', options: { source: 'a b', replica: 'c\nd' } }],
  [['sync', '--source=-A=1', '--replica', '7'], { command: 'sync',
    options: { source: '-A=1', replica: '7' } }],
  [['sync', 'A', 'B', '--ignore', '"x"'], { command: 'sync', options: { ignore: ['"x"'] } }],
];

for (const [argv, { command, options, output }] of right) {
  accepted(`reads ${JSON.stringify(argv)}`, () => {
    $.equal(read(words(argv)), {
      ok: true,
      command,
      options: { ...FOLDERS, ...options },
      output: { ...SCREEN, ...output },
    });
  });
}

accepted('takes a path, and the folders it lies in, if they are given', () => {
  const explain = { ok: true, command: 'explain', path: 'P', options: {}, output: SCREEN };
  $.equal(read(words('explain P')), explain);
  for (const argv of ['explain P A B', 'explain P -s A -r B']) {
    $.equal(read(words(argv)), { ...explain, options: FOLDERS }, argv);
  }
  $.equal(read(words('explain P A B --gitignore --ignore x')),
    { ...explain, options: { ...FOLDERS, gitignore: true, ignore: ['x'] } });
  const doctor = { ...explain, command: 'doctor', path: '.' };
  $.equal(read(['doctor']), doctor);
  $.equal(read(words('doctor A B')), { ...doctor, options: FOLDERS });
});

accepted('takes sync --now for another name of flush', () => {
  for (const rest of ['', ' A', ' A B --wait --timeout 3s']) {
    $.equal(read(words(`sync --now${rest}`)), read(words(`flush${rest}`)), rest);
  }
  $.is(read(['sync', '--now']).ok, true);
});

accepted('leaves the folders to a config file where there are none', () => {
  const lines = [['watch', undefined], ['sync --config c.json', 'c.json']] as const;
  for (const [argv, config] of lines) {
    const result = read(words(argv));
    $.ok(result.ok && 'config' in result);
    $.is(result.config, config);
  }
});

accepted('hands every name and value on as it was given', () => {
  const text = fc.string({ unit: 'binary', minLength: 1 });
  const value = fc.oneof(text, fc.constantFrom('"', "'", '""', '"x"', '--', '-', '=', 'true', '1'));

  // What is refused all the same: another machine, and a home that no shell put in.
  const folder = value.filter((each) => !/^(~(\/|$)|[^/:]{2,}:)/.test(each));

  fc.assert(fc.property(folder, folder, value, (source, replica, pattern) => {
    const options = { ignore: [pattern, pattern], source, replica };
    const ignoring = [`--ignore=${pattern}`, `--ignore=${pattern}`];
    const expected = { ok: true, command: 'sync', options, output: SCREEN };

    $.equal(read(['sync', ...ignoring, '--', source, replica]), expected);
    $.equal(read(['sync', ...ignoring, `--source=${source}`, `-r=${replica}`]), expected);
  }));
});

accepted.run();

// ---

const refused = suite('readArguments, wrong use');

const TIME = 'write a time such as 10m, 1h30m, 90s or 250ms';
const THERE_ARE = 'there are `fsync watch`, `fsync sync`, `fsync check`, `fsync explain`, '
  + '`fsync doctor`, `fsync status`, `fsync flush`, `fsync pause`, `fsync resume`, '
  + '`fsync pending`, `fsync approve`, `fsync stop`; '
  + '`fsync --help` explains them';

const wrong: readonly [string | readonly string[], string][] = [
  // Commands.
  ['', `no command is given: ${THERE_ARE}`],
  ['foo', `unknown command "foo": ${THERE_ARE}`],
  ['wacth A B', 'unknown command "wacth": did you mean `fsync watch`?'],
  ['Sync A B', 'unknown command "Sync": did you mean `fsync sync`?'],
  ['status A B C', '`fsync status` takes at most a SOURCE and a REPLICA, to say which '
    + 'watch is meant: a name with spaces or wildcards goes in quotes'],
  ['explain', 'PATH is missing: write `fsync explain PATH SOURCE REPLICA`'],
  ['explain P A', 'REPLICA is missing: write `fsync explain PATH SOURCE REPLICA`'],
  ['explain P -s A', '--replica is missing: write `fsync explain PATH -s SOURCE -r REPLICA`'],
  ['explain P A B C', 'two folders are needed, not 3 (the third is "C"): '
    + 'a name with spaces or wildcards goes in quotes'],
  ['explain P A B --dry-run', '--dry-run does not belong to `fsync explain`, which looks at one '
    + 'path and changes nothing: leave it out, or use `fsync sync`'],
  ['doctor A', 'REPLICA is missing: write `fsync doctor SOURCE REPLICA`'],
  ['doctor --checksum', '--checksum does not belong to `fsync doctor`, which looks at this machine '
    + 'and changes nothing: leave it out, or use `fsync watch`, `fsync sync`, `fsync check` '
    + 'or `fsync explain`'],
  ['watch A B --now', '--now does not belong to `fsync watch`, which goes on until it is told to '
    + 'stop: leave it out, or use `fsync sync`'],
  ['pending A B C', '`fsync pending` takes at most a SOURCE and a REPLICA, to say which '
    + 'watch is meant: a name with spaces or wildcards goes in quotes'],
  ['sync A B --trash-keep 3d', '--trash-keep says how long the trash is kept: write --trash FOLDER '
    + 'beside it'],
  [['sync', 'A', 'B', '--on-sync', ' '], 'bad --on-sync " ": it is no command; write a line for '
    + "the shell such as 'make deploy'"],
  ['check A B --on-sync x', '--on-sync does not belong to `fsync check`, which compares once and '
    + 'changes nothing: leave it out, or use `fsync watch` or `fsync sync`'],
  ['sync A B --trash t --trash-keep 2w', 'bad --trash-keep "2w": it is not a number of days; write '
    + 'a number of days such as 30d'],
  ['sync A B --log-keep 30d', '--log-keep says how long logs are kept: write --log-file FOLDER/ '
    + 'beside it'],
  ['sync A B -l x/ --log-keep 30', 'bad --log-keep "30": it is not a number of days; write '
    + 'a number of days such as 30d'],
  ['sync A B -l x --log-keep 30d', '--log-keep is for a folder with a log a day: write '
    + '--log-file "x/"'],
  ['flush --timeout 1s', '--timeout says how long to wait at most: write --wait beside it'],
  ['flush --wait --timeout soon', 'bad --timeout "soon": it is not a time; write a time such '
    + 'as 10m, 1h30m, 90s or 250ms'],
  ['pause --wait', '--wait does not belong to `fsync pause`, which asks a running watch: leave it '
    + 'out, or use `fsync flush`'],
  ['ch A B', 'unknown command "ch": did you mean `fsync check`?'],
  ['A B 60', '"A" is no command: to mirror one folder into the other write '
    + '`fsync watch A B --interval 60`'],
  ['A B 60 x.log -v', '"A" is no command: to mirror one folder into the other write '
    + '`fsync watch A B --verbose --interval 60 --log-file x.log`'],
  ['./sync ./b', '"./sync" is no command: to mirror one folder into the other write '
    + '`fsync watch ./sync ./b`'],
  ['compare A B', `unknown command "compare": ${THERE_ARE}`],
  ['A B --dry-run', '"A" is no command: to mirror one folder into the other write '
    + '`fsync sync A B --dry-run`'],
  ['-- -A -B 60', '"-A" is no command: to mirror one folder into the other write '
    + '`fsync watch --interval 60 -- -A -B`'],
  [["it's", 'c\nd'], '"it\'s" is no command: to mirror one folder into the other write '
    + "`fsync watch 'it'\\''s' $'c\\nd'`"],
  ['-s A -r B -i 60', 'no command is given: '
    + 'write `fsync watch --source=A --replica=B --interval=60`'],

  // Folders.
  ['sync A B --config c.json', 'folders are given beside --config, whose file names them: '
    + 'leave one of the two out'],
  ['sync A', 'REPLICA is missing: write `fsync sync SOURCE REPLICA`'],
  ['sync -s A', '--replica is missing: write `fsync sync -s SOURCE -r REPLICA`'],
  ['sync -r A', '--source is missing: write `fsync sync -s SOURCE -r REPLICA`'],
  ['watch A B 60', 'the interval is an option: write `fsync watch A B --interval 60`'],
  ['sync A B C', 'two folders are needed, not 3 (the third is "C"): '
    + 'a name with spaces or wildcards goes in quotes'],
  ['sync A -r B', 'folders are given both by position ("A") and as --replica: '
    + 'write `fsync sync SOURCE REPLICA`, or `fsync sync -s SOURCE -r REPLICA`'],
  [['sync', '', 'B'], 'SOURCE is an empty string, as from an unset variable: '
    + 'write `fsync sync SOURCE REPLICA`'],
  [['sync', 'A', ''], 'REPLICA is an empty string, as from an unset variable: '
    + 'write `fsync sync SOURCE REPLICA`'],
  [['sync', '-s', '', '-r', 'B'], '-s has an empty value, as from an unset variable: '
    + 'for instance -s /home/me/project'],

  // Options: names, places, shapes.
  ['watch A B --intervall 5m', 'unknown option "--intervall": did you mean --interval?'],
  ['watch A B --maxDelete 5', 'unknown option "--maxDelete": did you mean --max-delete?'],
  ['watch A B --int=5m', 'unknown option "--int": did you mean --interval?'],
  ['sync A B --delete', 'unknown option "--delete": leave it out, fsync always removes what the '
    + 'source no longer has'],
  ['sync -avz A B', 'unknown option "-avz": leave it out, fsync always mirrors all below the '
    + 'source, with links, modes and times'],
  ['sync A B --delete-excluded', 'unknown option "--delete-excluded": did you mean '
    + '--delete-ignored?'],
  ['sync A nas:B', '"nas:B" names another machine, which fsync reaches only where it is mounted '
    + 'here: write the mounted folder, or "./nas:B" for a folder of that name'],
  ['sync -s me@nas:/A -r B', '"me@nas:/A" names another machine, which fsync reaches only where it '
    + 'is mounted here: write the mounted folder, or "./me@nas:/A" for a folder of that name'],
  ['sync A ~/B', 'the ~ of "~/B" was not replaced by the shell: write "$HOME/B", or "./~/B" for '
    + 'a folder of that name'],
  ['sync A B --trash=~', 'the ~ of "~" was not replaced by the shell: write "$HOME", or "./~" for '
    + 'a folder of that name'],
  ['watch A B --exclude x', 'unknown option "--exclude": did you mean --ignore?'],
  ['watch A B --frobnicate', 'unknown option "--frobnicate": `fsync COMMAND --help` names those '
    + 'there are, and a folder whose name begins with a dash goes after --'],
  ['watch A B -x', 'unknown option "-x": `fsync COMMAND --help` names those '
    + 'there are, and a folder whose name begins with a dash goes after --'],
  ['watch A B --__proto__=1', 'unknown option "--__proto__": `fsync COMMAND --help` names those '
    + 'there are, and a folder whose name begins with a dash goes after --'],
  ['sync A B --no-checksum', 'there is no "--no-checksum": leave --checksum out'],
  ['check A B --interval 5m', '--interval does not belong to `fsync check`, which compares once '
    + 'and changes nothing: leave it out, or use `fsync watch`'],
  ['sync A B --settle 5ms', '--settle does not belong to `fsync sync`, which makes one pass '
    + 'and exits: leave it out, or use `fsync watch`'],
  ['watch A B --dry-run', '--dry-run does not belong to `fsync watch`, which goes on until it '
    + 'is told to stop: leave it out, or use `fsync sync`'],
  ['check A B --max-delete 5', '--max-delete does not belong to `fsync check`, which compares '
    + 'once and changes nothing: leave it out, or use `fsync watch` or `fsync sync`'],
  ['sync A B --completion bash', '--completion does not belong to `fsync sync`, which makes one '
    + 'pass and exits: leave it out, or use `fsync --completion bash`'],
  ['sync A B --dry-run=maybe', '--dry-run takes no value: write --dry-run, or leave it out'],
  ['sync A B --dry-run=', '--dry-run takes no value: write --dry-run, or leave it out'],
  ['watch A B --interval', '--interval needs a value: for instance --interval 10m'],
  ['watch A B -i', '-i needs a value: for instance -i 10m'],
  ['watch A B --interval --quiet', '--interval needs a value: for instance --interval 10m; '
    + 'a value that begins with a dash is written --interval=-value'],
  ['watch A B --interval=', '--interval has an empty value, as from an unset variable: '
    + 'for instance --interval 10m'],
  ['watch A B -i 5m --interval 6m', '--interval is given twice: give it once'],
  ['watch A B -qq', '--quiet is given twice: give it once'],
  ['watch A B -qv', '--quiet and --verbose contradict each other: give one of them'],

  // Options: values.
  ['watch A B --interval 0', `bad --interval "0": it is zero; ${TIME}`],
  ['watch A B --interval -1', `bad --interval "-1": it is negative; ${TIME}`],
  ['watch A B -i abc', `bad --interval "abc": it is not a time; ${TIME}`],
  ['watch A B -i 1.5h', 'bad --interval "1.5h": decimals are not understood; write 1h30m'],
  ['watch A B -i 999h',
    'bad --interval "999h": it is longer than 24 days; write 24d or less'],
  ['watch A B --settle 0', `bad --settle "0": it is zero; ${TIME}`],
  ['watch A B --settle 5s', '--settle 5s is longer than --max-wait 1s, so changes would never '
    + 'settle: write --max-wait 5s or more'],
  ['watch A B --max-wait 10ms', '--settle 50ms is longer than --max-wait 10ms, so changes would '
    + 'never settle: write --max-wait 50ms or more'],
  ['sync A B --workers x',
    'bad --workers "x": it is not a whole number; write a whole number from 0 to 64'],
  ['sync A B --workers 65',
    'bad --workers "65": it is out of range; write a whole number from 0 to 64'],
  ['sync A B --hash crc32',
    'bad --hash "crc32": it is not a hash known here; write md5, sha1 or sha256'],
  ['sync A B --hash toString',
    'bad --hash "toString": it is not a hash known here; write md5, sha1 or sha256'],
  ['sync A B --max-delete 101%',
    'bad --max-delete "101%": it is over 100 %; write 100% or less, or leave it out'],
  ['sync A B --chunk-size 1KiB',
    'bad --chunk-size "1KiB": it is out of range; write a size from 64KiB to 64MiB'],
  ['sync A B --chunk-size 1GiB',
    'bad --chunk-size "1GiB": it is out of range; write a size from 64KiB to 64MiB'],
];

for (const [argv, message] of wrong) {
  refused(`refuses ${JSON.stringify(argv)}`, () => {
    $.equal(read(words(argv)), { ok: false, message });
  });
}

refused('never says more than one line, whatever it quotes', () => {
  for (const odd of ['a\nb', 'a\r\u001b[2J', '\u2028', '\u0000', 'x'.repeat(5000)]) {
    for (const argv of [[odd], [odd, odd], ['sync', odd], ['sync', 'A', 'B', `--${odd}`],
      ['watch', 'A', 'B', '--interval', odd], ['sync', 'A', 'B', odd]]) {
      const result = read(argv);
      if (!result.ok) $.not.match(result.message, /[\p{Cc}\p{Zl}\p{Zp}]/u);
    }
  }
});

refused.run();
