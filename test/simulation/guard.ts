import { constants } from 'node:fs';
import { dirname } from 'node:path';

import { isTemporary } from '../../lib/core/entry.ts';
import { bytesOf } from './calls.ts';
import type { Disk } from './disk.ts';
import type { Inode } from './inode.ts';
import { STATE, SOURCE, REPLICA, TRASH } from './places.ts';
import type { Settings } from './row.ts';
import { ignoredIn } from './ruled.ts';

/**
 * Looks at each call of the engine that changes something, and notes what the contract forbids:
 * changes elsewhere than in the replica, writes in place, removals of what the source still has,
 * and files that appear with a content that the source never had.
 */
export class Guard {
  readonly violations: string[] = [];
  private readonly disk: Disk;
  private readonly settings: Settings;
  /** Files that were seen in the replica under a name that is not temporary. */
  private readonly shown = new WeakSet<Inode>();
  /** What the source has, by path, and since which call of the engine. */
  private since = new Map<string, { readonly type: Inode['type']; readonly call: number }>();
  /** What the source has not, since others took it, and since which call. */
  private readonly lost = new Map<string, number>();
  /** Paths of the replica that others changed since the pass in hand began. */
  private readonly meddled = new Set<string>();
  private before = new Map<string, Inode>();
  /** The call at which the pass in hand began. */
  private passAt = 0;
  /** Every content that a file of the source had at any moment. */
  private readonly contents = new Set<string>();
  private edits = 0;
  /** The ignore files, and the call at which they last changed. */
  private rules = '';
  private ruledAt = 0;
  /** Files that the engine made, and how many edits there had been. */
  private readonly made = new WeakMap<Inode, number>();

  /** Folders that the engine made under a temporary name. */
  private readonly hidden = new WeakSet<Inode>();

  /** Deletions were approved in the process that runs. */
  isApproved = false;

  /** What nothing can be known of just now. */
  blind: { path: string; code: string; until: number; isNew: boolean } | undefined;

  /** Calls between the last look at the source and a removal: the roots, and a folder or two. */
  private readonly looks: number;

  constructor(disk: Disk, settings: Settings) {
    this.disk = disk;
    this.settings = settings;
    // What goes into the trash may need folders there.
    this.looks = settings.trash === true ? 60 : 12;
  }

  /** Someone else is about to change something. */
  editing(): void {
    this.before = this.entriesIn(REPLICA);
  }

  /** Someone else changed something. */
  edited(call: number): void {
    this.edits += 1;
    const after = this.entriesIn(REPLICA);
    const isOther = (path: string): boolean => this.before.get(path) !== after.get(path);
    // Where folders changed places, a file with several names may be in both.
    for (const path of new Set([...this.before.keys(), ...after.keys()])) {
      if (isOther(path) || isOther(dirname(path))) this.meddled.add(path);
    }
    // Where its folder is gone, what nobody can look at is gone for certain.
    const { blind } = this;
    if (blind !== undefined && this.at(dirname(blind.path)) === undefined) this.blind = undefined;
    const rules = [...this.entriesIn(SOURCE)].flatMap(([path, { data }]) =>
      (/(?:^|\/)\.fsyncignore$/.test(path) ? [`${path} ${data.toString('latin1')}`] : [])).join();
    if (rules !== this.rules) this.ruledAt = call;
    this.rules = rules;
    const was = this.since;
    this.since = new Map([...this.entriesIn(SOURCE)].map(([path, { type }]) => {
      const known = was.get(path);
      return [path, known?.type === type ? known : { type, call }];
    }));
    for (const path of was.keys()) if (!this.since.has(path)) this.lost.set(path, call);
  }

  passBegins(call: number): void {
    this.passAt = call;
    this.meddled.clear();
    // It was so all the time that a pass decided something in.
    if (this.blind !== undefined) this.blind.isNew = false;
  }

  /** A process was started: calls are counted anew. */
  begins(): void {
    this.isApproved = false;
    this.passAt = 0;
    this.ruledAt = 0;
    this.lost.clear();
    for (const [path, { type }] of this.since) this.since.set(path, { type, call: 0 });
  }

  private entriesIn(top: string): Map<string, Inode> {
    const all = new Map<string, Inode>();
    const visit = (folder: Inode, path: string): void => {
      for (const [name, inode] of folder.entries) {
        all.set(`${path}${name}`, inode);
        if (top === REPLICA && !isHidden(`${path}${name}`)) this.shown.add(inode);
        if (inode.type === 'file' && top === SOURCE) {
          this.contents.add(inode.data.toString('latin1'));
        }
        if (inode.type === 'folder') visit(inode, `${path}${name}/`);
      }
    };
    const root = this.at(top);
    if (root !== undefined) visit(root, '');
    return all;
  }

  private at(path: string): Inode | undefined {
    try {
      return this.disk.find(path, 'guard', false).inode;
    } catch {
      return undefined;
    }
  }

  private textOf(path: string): string | undefined {
    const file = this.at(path);
    return file?.type === 'file' ? file.data.toString('latin1') : undefined;
  }

  /** Does what the engine asks for, and judges it. */
  watch<T>(name: string, args: readonly unknown[], call: number, act: () => T): T {
    const paths = this.changedBy(name, args);
    for (const path of paths) this.checkPlace(name, path);
    if (name === 'openSync' && this.writes(args[1])) this.checkNew(args[0]);
    const [first] = paths;
    const before = first === undefined ? undefined : this.at(first);
    const over = name === 'renameSync' ? this.at(paths[1]!) : undefined;
    const result = act();
    if (/^(?:unlink|rmdir|rename)Sync$/.test(name) && before !== undefined) {
      this.checkGone(name, first!, before, call);
      if (over !== undefined && over !== before) this.checkGone(name, paths[1]!, over, call);
      if (name === 'renameSync') this.checkPlaced(first!, paths[1]!, before);
    }
    if (name === 'mkdirSync' && isHidden(first ?? '')) this.hidden.add(this.at(first!)!);
    if (name === 'openSync' && (Number(args[1]) & constants.O_EXCL) !== 0) {
      this.made.set(this.disk.of(result as number, 'guard').inode, this.edits);
    }
    return result;
  }

  /** The real paths of the entries that a call changes, as far as they have one. */
  private changedBy(name: string, args: readonly unknown[]): string[] {
    const find = (path: unknown, follow: boolean): string[] => {
      try {
        const { folder, name: last, inode } = this.disk.find(bytesOf(path as string), name, follow);
        if (folder === undefined) return inode?.type === 'folder' ? this.pathsOf(inode) : [];
        const above = this.disk.pathOf(folder);
        return above === undefined ? [] : [`${above === '/' ? '' : above}/${last}`];
      } catch {
        return [];
      }
    };
    switch (name) {
      case 'mkdirSync': case 'rmdirSync': case 'unlinkSync': case 'rmSync': case 'lchownSync':
      case 'lutimesSync':
        return find(args[0], false);
      case 'chmodSync': case 'chownSync': case 'utimesSync': case 'truncateSync':
      case 'writeFileSync': case 'appendFileSync':
        return find(args[0], true);
      case 'renameSync': {
        const [from, to] = [find(args[0], false), find(args[1], false)];
        return from.length > 0 && to.length > 0 ? [...from, ...to] : [];
      }
      case 'linkSync': case 'symlinkSync':
        return find(args[1], false);
      case 'openSync':
        return this.writes(args[1]) ? find(args[0], (Number(args[1]) & NO_LINK) === 0) : [];
      default:
        return [];
    }
  }

  private pathsOf(folder: Inode): string[] {
    const path = this.disk.pathOf(folder);
    return path === undefined ? [] : [path];
  }

  private readonly writes = (flags: unknown): boolean => typeof flags === 'string' ? flags !== 'r'
    : this.disk.canWrite(Number(flags)) || (Number(flags) & constants.O_CREAT) !== 0;

  private checkPlace(name: string, path: string): void {
    const isOurs = [REPLICA, STATE, TRASH].some((root) => `${path}/`.startsWith(`${root}/`));
    if (!isOurs) this.violations.push(`${name} outside the replica: ${path}`);
  }

  private checkNew(path: unknown): void {
    const [real] = this.changedBy('openSync', [path, constants.O_WRONLY | NO_LINK]);
    const below = real && belowReplica(real);
    const { folder } = this.disk.find(bytesOf(path as string), 'guard', false);
    // Someone gave a hidden folder of ours another name.
    if (folder !== undefined && this.hidden.has(folder)) return;
    if (below !== undefined && !isHidden(below)) {
      this.violations.push(`opened for writing under its own name: ${below}`);
    }
  }

  /** A path of the replica that is gone now, or is another kind of thing. */
  private checkGone(name: string, path: string, was: Inode, call: number): void {
    const below = belowReplica(path);
    if (below !== undefined) this.checkKept(name, below, was);
    if (below === undefined || isHidden(below) || this.meddled.has(below)) return;
    if (name === 'renameSync' && was.type === 'folder') return;
    const { rules = false, deleteIgnored = false, maxDelete } = this.settings;
    const isDeletion = name !== 'renameSync' && (was.type !== 'file' || was.nlink === 0);
    // The last look at the source is as many calls before what it allows, at most.
    const looked = call - this.looks - 1;
    // What the source has in another form is replaced.
    const isReplaced = this.since.has(below) || (this.lost.get(below) ?? -1) > looked;
    if (isDeletion && maxDelete === 0 && !this.isApproved && !isReplaced) {
      this.violations.push(`${name} though every deletion is held: ${below}`);
    }
    const isSettled = this.ruledAt <= this.passAt;
    const isRuled = rules && isSettled
      && ignoredIn((at) => this.textOf(`${SOURCE}/${at}`))(below, was.type === 'folder');
    // It goes by the rules as the pass met them.
    if (deleteIgnored && (isRuled || !isSettled)) return;
    if (isRuled) this.violations.push(`${name} took away what is ignored: ${below}`);
    const { blind } = this;
    if (name !== 'renameSync' && blind?.isNew === false
      && `${SOURCE}/${below}/`.startsWith(`${blind.path}/`)) {
      this.violations.push(`${name} took away what nothing is known of: ${below}`);
    }
    const known = this.since.get(below);
    if (this.at(path)?.type === was.type || known?.type !== was.type) return;
    // It was put aside.
    const others = was.nlink > 0 && was.type === 'file' ? this.entriesIn(REPLICA) : [];
    if ([...others].some(([at, inode]) => inode === was && isHidden(at))) return;
    // It may have come just after the source was asked for it a last time. What is renamed is not
    // lost: a pass that began before goes by what it saw.
    if (known.call > (name === 'renameSync' ? this.passAt : looked)) return;
    this.violations.push(`${name} took away what the source has: ${below}`);
  }

  /** What lost its last name in the replica is in the trash, copied where it cannot be linked. */
  private checkKept(name: string, below: string, was: Inode): void {
    const isLost = was.type === 'file' && was.nlink === 0 && !this.meddled.has(below);
    if (this.settings.trash !== true || !isLost || !this.shown.has(was)) return;
    const isCopied = [...this.entriesIn(TRASH).values()]
      .some((one) => one.type === 'file' && one.data.equals(was.data));
    if (isCopied) return;
    this.violations.push(`${name} lost what is not in the trash: ${below}`);
  }

  private checkPlaced(from: string, to: string, moved: Inode): void {
    const [was, is] = [belowReplica(from), belowReplica(to)];
    if (was === undefined || is === undefined || !isHidden(was) || isHidden(is)) return;
    // What a kill left in a folder that is placed has no name yet.
    const files = moved.type !== 'folder' ? [moved]
      : [...moved.entries].flatMap(([name, file]) => (isTemporary(name) ? [] : [file]));
    for (const file of files) {
      this.shown.add(file);
      const since = this.made.get(file);
      if (since !== this.edits) continue;
      if (this.settings.durable === true && file.syncedMs < file.writtenMs) {
        this.violations.push(`named before it was on the disk: ${is}`);
      }
      if (!this.contents.has(file.data.toString('latin1'))) {
        this.violations.push(`a content that the source never had: ${is}`);
      }
    }
  }
}

const NO_LINK = constants.O_NOFOLLOW | constants.O_EXCL;

const belowReplica = (path: string): string | undefined =>
  (path.startsWith(`${REPLICA}/`) ? path.slice(REPLICA.length + 1) : undefined);

/** Below a temporary name, or one itself. */
const isHidden = (path: string): boolean => path.split('/').some(isTemporary);
