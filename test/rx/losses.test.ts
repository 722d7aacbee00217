import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { fromText, isInside, joinPath } from '../../lib/core/entry.ts';
import type { Change } from '../../lib/core/scope.ts';
import { needs } from '../support/needs.ts';
import { random, type Random } from '../support/random.ts';
import { removeTree, tempFolder, until } from '../support/temp.ts';
import { withWatcher } from './watching.ts';

/** What is known of a tree by looking where it was told to look, as a pass does. */
class Known {
  readonly entries = new Map<string, string>();
  private readonly root: string;

  constructor(root: string) {
    this.root = root;
    this.look('', true);
  }

  take(change: Change): void {
    if ('name' in change) this.look(joinPath(change.folder, change.name), false);
    else this.look(change.folder, change.whole === 'tree', true);
  }

  private look(at: string, isDeep: boolean, isListed = isDeep): void {
    const full = path.join(this.root, at);
    const stat = fs.lstatSync(full, { throwIfNoEntry: false, bigint: true });
    const before = this.entries.get(at);
    const now = stat === undefined ? undefined
      : stat.isDirectory() ? `folder ${stat.ino}` : `file ${stat.ino} ${stat.mtimeNs} ${stat.size}`;
    if (now === undefined || (before !== undefined && before !== now)) this.forget(at);
    if (now === undefined) return;
    this.entries.set(at, now);
    if (!now.startsWith('folder') || (before === now && !isListed)) return;

    const names = fs.readdirSync(full);
    for (const name of names) this.look(joinPath(at, name), isDeep || before !== now);
    if (isListed) this.forgetAllBut(at, new Set(names));
  }

  private forget(at: string): void {
    for (const each of this.entries.keys()) if (isInside(each, at)) this.entries.delete(each);
    this.entries.delete(at);
  }

  private forgetAllBut(at: string, names: ReadonlySet<string>): void {
    for (const each of this.entries.keys()) {
      const name = isInside(each, at) && each !== at
        ? each.slice(at === '' ? 0 : at.length + 1).split('/')[0]! : undefined;
      if (name !== undefined && !names.has(name)) this.entries.delete(each);
    }
  }
}

/** One thing done to a tree of folders `a0/b0/c0`, the kinds that watchers lose. */
function step(root: string, rng: Random, at: number): void {
  const pick = (): string => {
    const b = path.join(root, `a${rng.below(10)}`, `b${rng.below(10)}`);
    return rng.once(3) ? b : path.join(b, `c${rng.below(20)}`);
  };
  const folder = pick();
  const file = path.join(folder, `f${rng.below(3)}`);
  switch (rng.below(6)) {
    case 0: case 1:
      fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(file, `${at}`);
      break;
    case 2: {
      const deep = path.join(folder, 'new', 'and', 'deep');
      fs.mkdirSync(deep, { recursive: true });
      fs.writeFileSync(path.join(deep, 'file'), `${at}`);
      break;
    }
    case 3:
      removeTree(folder);
      fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(file, `${at}`);
      break;
    case 4: {
      const to = pick();
      if (`${to}/`.startsWith(`${folder}/`) || `${folder}/`.startsWith(`${to}/`)) break;
      fs.mkdirSync(folder, { recursive: true });
      removeTree(to);
      fs.mkdirSync(path.dirname(to), { recursive: true });
      fs.renameSync(folder, to);
      fs.writeFileSync(path.join(to, 'moved'), `${at}`);
      break;
    }
    default:
      removeTree(folder);
  }
}

const losses = suite('changes: of thousands of folders');

/** The plain watcher is there on Linux only, and chokidar does lose some: lib/README.md. */
const lossesTest = needs(losses, { platform: 'linux' });

lossesTest('none is lost by the plain watcher, whatever becomes of them', churnThousands);

lossesTest('none is lost where a tree grows too large for chokidar', async () => {
  process.env['FSYNC_MOST_FOR_CHOKIDAR'] = '5';
  const root = tempFolder();
  await withWatcher(root, {}, async (watcher) => {
    delete process.env['FSYNC_MOST_FOR_CHOKIDAR'];
    for (let n = 0; n < 20; n += 1) fs.mkdirSync(path.join(root, `d${n}`));
    // Only the other one hears what happens in a folder of such a name.
    const odd = Buffer.from(`${root}/d1/\xff`, 'latin1');
    fs.mkdirSync(odd);
    await until(() => {
      fs.writeFileSync(Buffer.concat([odd, Buffer.from('/file')]), '');
      return watcher.changes().some((each) => 'name' in each && each.folder === 'd1/\xff');
    }, { what: 'the plain watcher is at work' });
    await watcher.rest();
    for (let n = 0; n < 20; n += 1) fs.writeFileSync(path.join(root, `d${n}/file`), '');
    for (let n = 0; n < 20; n += 1) await watcher.told(`d${n}/file`);
  });
});

async function churnThousands(): Promise<void> {
  const root = tempFolder();
  for (let a = 0; a < 10; a += 1) {
    for (let b = 0; b < 10; b += 1) {
      for (let c = 0; c < 20; c += 1) {
        fs.mkdirSync(path.join(root, `a${a}/b${b}/c${c}`), { recursive: true });
      }
    }
  }

  await withWatcher(root, {}, async (watcher) => {
    const known = new Known(root);
    let taken = 0;
    const take = (): void => {
      const changes = watcher.changes();
      for (const change of changes.slice(taken)) known.take(change);
      taken = changes.length;
    };
    const rng = random(Number(process.env.FSYNC_SEED ?? 7));
    for (let at = 0; at < 1_200; at += 1) {
      step(root, rng, at);
      if (rng.once(20)) await delay(rng.pick([0, 5, 30]));
      if (rng.once(30)) take();
    }
    await until(() => {
      take();
      assert.equal([...known.entries].toSorted(), [...new Known(root).entries].toSorted());
      return true;
    }, { what: 'all that happened is told', everyMs: 300 });

    // And all folders are heard, also those that came.
    await watcher.rest();
    const folders = [...known.entries].filter(([, what]) => what.startsWith('folder'));
    for (const [folder] of folders) fs.writeFileSync(path.join(root, folder, 'last'), '');
    for (const [folder] of folders) await watcher.told(fromText(joinPath(folder, 'last')));
  });
}

losses.run();
