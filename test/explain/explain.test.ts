import fs from 'node:fs';
import { lastValueFrom, toArray } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { SyncEvent } from '../../lib/core/event.ts';
import { explain, type Options } from '../../lib/index.ts';
import { NO_CONTEXT } from '../../lib/report/line.ts';
import { textLine } from '../../lib/report/text.ts';
import { newPair, syncedPair, syncNow, type Pair } from '../support/pass.ts';
import { aGrain, removeTree, until } from '../support/temp.ts';
import { fifo, file, makeTree, readTree, symlink } from '../support/tree.ts';
import { startWatch } from '../support/watch.ts';

type EventOf<K extends SyncEvent['kind']> = Extract<SyncEvent, { kind: K }>;

/** What is said of a path: the rule, the record and the pass, and all of it as lines. */
async function explained(
  pair: Pair, asked: string, options: Partial<Options> = {}, held?: string[],
) {
  const { source, replica, state } = pair;
  const events = await lastValueFrom(
    explain({ source, replica, stateDir: state, workers: 0, ...options }, asked, held)
      .pipe(toArray()));
  const one = <K extends SyncEvent['kind']>(kind: K) =>
    events.find((event): event is EventOf<K> => event.kind === kind);
  const pass = one('explained-pass');
  return {
    rule: one('explained-rule'), record: one('explained-record'),
    does: `${pass?.does}: ${pass?.because}`,
    refused: events.find((event) => event.kind === 'pass-failed'),
    lines: events.map((event) => textLine(event, NO_CONTEXT)?.text),
  };
}

const ruling = suite('explain names the line that decides');

ruling('of an ignored path, of its folder, and of what is taken back', async () => {
  const pair = newPair({ '.gitignore': '*.l*\n*.log\n!keep.log\n', 'd/.fsyncignore': 'e/\n',
    'a.log': '', 'keep.log': '', 'd/e/f': '', 'x.tmp': '', 'b': '',
    '.git/info/exclude': 'b' });
  const options = { gitignore: true, ignore: ['*.bak', '*.tmp'] };
  const line = async (asked: string) => (await explained(pair, asked, options)).lines[0];
  assert.equal(await Promise.all(['a.log', 'keep.log', 'd/e/f', 'x.tmp', 'b', 'd'].map(line)), [
    'a.log: ignored by .gitignore:2: *.log',
    'keep.log: mirrored, taken back by .gitignore:3: !keep.log',
    'd/e/f: ignored with its folder d/e/, by d/.fsyncignore:1: e/',
    'x.tmp: ignored by --ignore: *.tmp',
    'b: ignored by .git/info/exclude:1: b',
    'd: mirrored, no rule ignores it',
  ]);
  assert.is((await explained(pair, 'a.log', options)).does, 'nothing: ignored');
  assert.is((await explained(pair, 'a.log')).does, 'copy: missing');
});

ruling('and the symlink that a path leads through, which is not followed', async () => {
  const pair = newPair({ 'd/.fsyncignore': 'f', 'd/f': 'F', 'd/e/g': 'G',
    'link': symlink('d'), 'own.tmp': symlink('d') });
  await syncNow(pair);
  assert.equal((await explained(pair, 'link/e/g')).lines, [
    'link/e/g: not mirrored: link is a symlink, and never followed',
    'source: nothing there',
    'replica: nothing there',
    'record: nothing, it was never seen equal on both sides',
    'a pass would do nothing: neither side has it',
  ]);
  assert.is((await explained(pair, 'link/f')).rule?.why, 'link');
  assert.is((await explained(pair, 'link')).rule?.why, 'no-rule');
  const { rule } = await explained(pair, 'own.tmp/f', { ignore: ['*.tmp'] });
  assert.equal([rule?.why, rule?.path, rule?.whose], ['ignored', 'own.tmp/f', 'own.tmp']);
});

ruling('and what is never mirrored', async () => {
  const pair = newPair({ 'p': fifo() });
  const inside = { ...pair, state: `${pair.source}/state` };
  await syncNow(inside);
  assert.is((await explained(inside, 'p')).rule?.why, 'special');
  assert.is((await explained(inside, 'state/x')).rule?.why, 'own');
});

ruling.run();

// ---

const judging = suite('explain says what a pass would do');

const OLD = { time: 1_000_000_000_000_000n };

interface Case {
  readonly act?: (pair: Pair) => void;
  readonly asked?: string;
  readonly options?: Partial<Options>;
  readonly does: string;
  readonly record: 'never' | 'equal' | 'differs';
}

/** A sync of what is older than the grain of the clock, and what follows is younger than it. */
async function believedSync(pair: Pair): Promise<void> {
  await aGrain();
  assert.is((await syncNow(pair)).exitCode, 0);
  await aGrain();
}

const replaceIn = (root: 'source' | 'replica', content: string) => (pair: Pair): void =>
  makeTree(pair[root], { f: file(content, OLD) });

const LOGS = { ignore: ['*.log'] };

/** The source loses `d`, in which the replica has something that is ignored. */
function loseFolder({ source, replica }: Pair): void {
  removeTree(`${source}/d`);
  makeTree(replica, { 'd/x.log': 'x' });
}

const cases: Readonly<Record<string, Case>> = {
  'nothing, where both sides are as recorded': { does: 'nothing: recorded', record: 'equal' },
  'nothing, where neither side has it': {
    asked: 'none', does: 'nothing: absent', record: 'never',
  },
  'accept equal size and time without a record': {
    act: ({ state }) => removeTree(state), does: 'nothing: equal', record: 'never',
  },
  'copy what the replica lacks': {
    act: ({ source }) => makeTree(source, { new: 'x' }), asked: 'new', does: 'copy: missing',
    record: 'never',
  },
  'copy a folder with all that is in it': {
    act: ({ source }) => makeTree(source, { 'n/e/w': 'x' }), asked: 'n/e/w',
    does: 'copy-tree: missing', record: 'never',
  },
  'copy another size': {
    act: replaceIn('source', 'longer'), does: 'copy: size', record: 'differs',
  },
  'compare equal sizes that are not as recorded': {
    act: replaceIn('replica', 'F'), does: 'compare: not-as-recorded', record: 'differs',
  },
  'set another mode': {
    act: ({ replica }) => fs.chmodSync(`${replica}/d`, 0o700), asked: 'd', does: 'set: mode',
    record: 'differs',
  },
  'replace another type': {
    act: ({ replica }) => {
      fs.unlinkSync(`${replica}/f`);
      fs.mkdirSync(`${replica}/f`);
    },
    does: 'replace: type', record: 'differs',
  },
  'make a link anew that leads elsewhere': {
    act: ({ source }) => {
      fs.unlinkSync(`${source}/l`);
      makeTree(source, { l: symlink('elsewhere') });
    },
    asked: 'l', does: 'symlink: target', record: 'differs',
  },
  'remove what the source has no more': {
    act: ({ source }) => fs.unlinkSync(`${source}/f`), does: 'remove: gone', record: 'differs',
  },
  'remove what is in a folder that is gone': {
    act: ({ source }) => removeTree(`${source}/d`), asked: 'd/g', does: 'remove: gone',
    record: 'differs',
  },
  'remove what is only there': {
    act: ({ replica }) => makeTree(replica, { own: 'x' }), asked: 'own',
    does: 'remove: extraneous', record: 'never',
  },
  'leave what is ignored in a new folder': {
    act: ({ source }) => makeTree(source, { 'n/x.log': 'x' }), asked: 'n/x.log', options: LOGS,
    does: 'nothing: ignored', record: 'never',
  },
  'leave what is never mirrored in a new folder': {
    act: ({ source }) => makeTree(source, { 'n/p': fifo() }), asked: 'n/p',
    does: 'nothing: special', record: 'never',
  },
  'nothing in a new folder, where neither side has it': {
    act: ({ source }) => makeTree(source, { 'n/x': 'x' }), asked: 'n/none',
    does: 'nothing: absent', record: 'never',
  },
  'leave what is ignored in a folder that is gone': {
    act: loseFolder, asked: 'd/x.log', options: LOGS,
    does: 'nothing: ignored', record: 'never',
  },
  'remove what is ignored in a folder that is gone, if told so': {
    act: loseFolder, asked: 'd/x.log',
    options: { ...LOGS, deleteIgnored: true }, does: 'remove: gone', record: 'never',
  },
  'remove what is not ignored in a folder that is gone': {
    act: loseFolder, asked: 'd', options: LOGS,
    does: 'remove: ignored-inside', record: 'differs',
  },
  'leave a folder of which nothing may go': {
    act: (pair) => {
      loseFolder(pair);
      fs.unlinkSync(`${pair.replica}/d/g`);
    },
    asked: 'd', options: LOGS, does: 'nothing: ignored-inside', record: 'differs',
  },
  'remove what is ignored, if told so': {
    asked: 'd/g', options: { ignore: ['d'], deleteIgnored: true }, does: 'remove: ignored',
    record: 'equal',
  },
};

for (const [what, { act, asked = 'f', options, does, record }] of Object.entries(cases)) {
  judging(what, async () => {
    const pair = newPair({ 'f': file('f', OLD), 'd/g': file('g', OLD), 'l': symlink('f') });
    await believedSync(pair);
    act?.(pair);
    const before = readTree(pair.dir);
    const said = await explained(pair, asked, options);
    assert.equal([said.does, said.record?.says], [does, record]);
    assert.is(said.lines.length, 5);
    assert.equal([...readTree(pair.dir)].map(([at]) => at), [...before].map(([at]) => at));
  });
}

judging('hold a removal that a watch holds', async () => {
  const pair = await syncedPair({ 'd/g': 'g', 'f': 'f' });
  removeTree(`${pair.source}/d`);
  assert.match((await explained(pair, 'd/g', {}, ['d'])).does, /^hold/);
});

judging('copy all to a replica that is not there, which it does not make', async () => {
  const pair = newPair({ f: 'f' });
  assert.is((await explained(pair, 'f')).does, 'copy: missing');
  assert.not(fs.existsSync(pair.replica));
  assert.not(fs.existsSync(pair.state));
});

judging.run();

// ---

const asking = suite('explain finds the path');

asking('absolute, from the working folder, from the source, and in the replica', async () => {
  const pair = await syncedPair({ 'd/g': 'g' });
  fs.symlinkSync(pair.source, `${pair.dir}/link`);
  const before = process.cwd();
  try {
    process.chdir(`${pair.source}/d`);
    for (const asked of ['g', './g', `${pair.source}/d/g`, `${pair.replica}/d/g`,
      `${pair.dir}/link/d/g`, '../d/g']) {
      assert.is((await explained(pair, asked)).rule?.path, 'd/g', asked);
    }
    process.chdir(pair.dir);
    assert.is((await explained(pair, 'd/g')).rule?.path, 'd/g');
    assert.is((await explained(pair, 'd/')).rule?.path, 'd');
    assert.is((await explained(pair, 'S')).rule?.path, '');
    const outside = await explained(pair, '../elsewhere');
    assert.equal([outside.refused?.exitCode, outside.lines.length], [2, 1]);
  } finally {
    process.chdir(before);
  }
});

asking('beside a watch of the pair, whose record it reads', async () => {
  const pair = newPair({ 'f': file('f', OLD) });
  await believedSync(pair);
  const watching = startWatch(pair, { events: false, workers: 0 });
  await watching.event('pass-finished', { timeoutMs: 120_000 });
  await until(async () => (await explained(pair, 'f')).record?.says === 'equal');
  await watching.stop();
});

asking.run();
