import fs from 'node:fs';
import path from 'node:path';

import { concat, concatMap, defer, EMPTY, lastValueFrom, NEVER, range, toArray } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { addChanges, changeAt, trigger, type Change } from '../../lib/core/scope.ts';
import { DEFAULTS, type SyncEvent } from '../../lib/index.ts';
import { withMirror } from '../../lib/open.ts';
import { passOf } from '../../lib/pass-of.ts';
import { newPair } from '../support/pass.ts';
import { random, type Random } from '../support/random.ts';
import { differences } from '../support/same.ts';
import { churnSeeds } from '../support/seeds.ts';

/** So many batches, each of a few edits, with an incremental pass after it. */
const BATCHES = 30;

const names = suite('files that get and lose names');

/** Those that found something once, beside others. */
const FOUND = [62, 91, 136, 137, 158, 162];

for (const seed of new Set([...churnSeeds(6), ...FOUND])) {
  names(`are equal after each batch, seed ${seed}`, async () => {
    const pair = newPair({ 'keep/a': 'a', 'keep/b': 'b' });
    const edits = editor(pair.source, random(seed));
    for (let at = 0; at < 12; at += 1) edits.step();
    edits.announced();

    const options = { ...DEFAULTS, source: pair.source, replica: pair.replica,
      stateDir: pair.state, workers: 0 };
    const events = await lastValueFrom(withMirror(options, NEVER, (mirror) => {
      const batch = (): ReturnType<typeof passOf> => {
        for (let left = 1 + edits.rng.below(4); left > 0; left -= 1) edits.step();
        const changes = addChanges(undefined, edits.announced());
        return passOf(mirror, trigger({ reason: 'changes', changes }));
      };
      const judge = defer(() => {
        assert.is(differences(pair.source, pair.replica).join('\n'), '', edits.log.join('\n'));
        return EMPTY;
      });
      return concat(passOf(mirror, trigger({ reason: 'start', full: true })),
        range(BATCHES).pipe(concatMap(() => concat(defer(batch), judge))));
    }, 'sync').pipe(toArray()));
    const isTrouble = ({ kind }: SyncEvent): boolean => /^(problem|pass-failed)$/.test(kind);
    const trouble = events.filter(isTrouble);
    assert.equal(trouble, [], edits.log.join('\n'));
  });
}

names.run();

interface Editor {
  readonly rng: Random;
  readonly log: readonly string[];
  /** One edit; now and then none, where the place does not suit it. */
  step(): void;
  /** What was changed since this was asked last, as a watcher tells it. */
  announced(): Change[];
}

/** Edits as `cp -al`, `ln -f`, `mv`, `rm -r` and editors make them; never below `keep`. */
function editor(root: string, rng: Random): Editor {
  const log: string[] = [];
  let changed: string[] = [];

  function step(): void {
    const { files, folders } = entriesIn(root);
    const to = path.join(rng.pick(folders), rng.pick(['a', 'b', 'c', 'd']));
    const there = fs.lstatSync(to, { throwIfNoEntry: false });
    const folder = rng.pick(folders);
    const isFree = there === undefined && folder !== root && !`${to}/`.startsWith(`${folder}/`);
    const edit = rng.pick(['write', 'mkdir', 'ln', 'mv', 'move', 'cp', 'rm', 'chmod', 'rewrite']);
    const file = files.length === 0 ? to : rng.pick(files);
    const done = (...at: string[]): void => {
      log.push([edit, ...at.map((one) => path.relative(root, one))].join(' '));
      changed.push(...at);
    };

    if (edit === 'write' || edit === 'mkdir') {
      if (there !== undefined && (edit === 'mkdir' || there.isDirectory())) return;
      if (edit === 'mkdir') fs.mkdirSync(to);
      else fs.writeFileSync(to, `${rng.below(9)}`);
      done(to);
    } else if (edit === 'cp' || edit === 'move') {
      if (!isFree || folders.length > 20) return;
      if (edit === 'cp') linkTree(folder, to);
      else fs.renameSync(folder, to);
      done(...(edit === 'cp' ? [] : [folder]), to);
    } else if (edit === 'rm') {
      if (folder === root || rng.once(2)) return;
      fs.rmSync(folder, { recursive: true });
      done(folder);
    } else if (files.length === 0 || (there?.isDirectory() === true && /ln|mv/.test(edit))) {
      return;
    } else {
      if (edit === 'ln' && file !== to) fs.rmSync(to, { force: true });
      if (edit === 'ln' && file !== to) fs.linkSync(file, to);
      if (edit === 'mv') fs.renameSync(file, to);
      if (edit === 'chmod') fs.chmodSync(file, rng.pick([0o600, 0o644, 0o666]));
      if (edit === 'rewrite') fs.writeFileSync(file, `${rng.below(99)}`);
      // Of a link that is made only its new name is told.
      done(...(edit === 'ln' ? [] : [file]), ...(/ln|mv/.test(edit) ? [to] : []));
    }
  }

  return {
    rng, log, step,
    announced() {
      const all = changed.map((one) => changeAt(path.relative(root, one)));
      changed = [];
      log.push('--');
      return all;
    },
  };
}

function entriesIn(root: string): { files: string[]; folders: string[] } {
  const found = { files: [] as string[], folders: [root] };
  for (const folder of found.folders) {
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      const at = path.join(folder, entry.name);
      if (entry.name === 'keep') continue;
      if (entry.isDirectory()) found.folders.push(at);
      else found.files.push(at);
    }
  }
  return found;
}

/** As `cp -al`. */
function linkTree(from: string, to: string): void {
  fs.mkdirSync(to);
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const [a, b] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) linkTree(a, b);
    else fs.linkSync(a, b);
  }
}
