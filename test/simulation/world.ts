import { isTemporary, joinPath } from '../../lib/core/entry.ts';
import type { Word } from '../../lib/index.ts';
import { changeAt } from '../../lib/core/scope.ts';
import { startChurn, type Churn } from '../support/churn.ts';
import { random, type Random } from '../support/random.ts';
import { bytesOf, callsOf, type Calls } from './calls.ts';
import { Clock } from './clock.ts';
import { Disk, systemError } from './disk.ts';
import { hit } from './hit.ts';
import { Guard } from './guard.ts';
import type { Inode } from './inode.ts';
import { Stored, type LevelWorld } from './level.ts';
import { simulate, type System } from './patch.ts';
import { OUTSIDE, REPLICA, SOURCE } from './places.ts';
import { PoolThread, WatcherThread } from './threads.ts';
import { editRules } from './ruled.ts';
import type { During, Settings, Side } from './row.ts';

/** So few that they meet again and again. */
const NAMES = ['a', 'b', 'c', 'd', 'caf\xe9', '.x'];

/** Thrown by every call of a process that was killed. */
const KILLED = 'KILLED';

/** One machine in memory: a disk, a clock, a database, and what goes wrong with them. */
export class World implements System {
  readonly clock = new Clock();
  readonly disk: Disk;
  readonly guard: Guard;
  readonly log: string[] = [];
  readonly databases = new Map<string, Stored>();
  private readonly calls: Calls;
  private readonly rng: Random;
  private readonly settings: Settings;
  private readonly isHonest: boolean;
  /** Contents by size and time. */
  private readonly contents = new Map<string, string>();
  private readonly sockets = new Set<string>();
  private isOutside = false;
  isKilled = false;
  /** Calls of the engine since it was started. */
  count = 0;
  private happenings: (During & { readonly at: number })[] = [];
  private isCalm = false;
  private isEditing = false;
  private seen = new Map<string, string>();
  /** What the engine used lately, the newest last. */
  private readonly used: string[] = [];
  /** What was written until then is on the disk, whatever the clock on the wall says. */
  syncedMs = 0;

  constructor(seed: number, settings: Settings, isHonest: boolean) {
    this.isHonest = isHonest;
    this.settings = settings;
    this.rng = random(seed);
    this.disk = new Disk({
      now: () => BigInt(Math.floor(this.clock.wallMs * 1000)) * 1000n,
      monotonicMs: () => this.clock.monotonicMs,
      grainNs: BigInt(settings.grain ?? 1) * 1000n, reuses: settings.reuse === true, uid: 0, gid: 0,
    });
    this.calls = callsOf(this.disk, (path) => this.given(path));
    this.guard = new Guard(this.disk, settings);
    this.outside(() => {
      for (const folder of ['/proc/self/fd', SOURCE, REPLICA, OUTSIDE]) {
        this.calls.mkdirSync(folder, { recursive: true });
      }
      this.calls.writeFileSync(`${OUTSIDE}/precious`, 'precious');
      this.disk.descriptors = this.disk.get('/proc/self/fd', 'open', false);
    });
  }

  /** What is done by others than the engine: nothing goes wrong with it. */
  outside<T>(act: () => T): T {
    const was = this.isOutside;
    this.isOutside = true;
    try {
      return act();
    } finally {
      this.isOutside = was;
    }
  }

  /** Someone changes something on one side. */
  edit(side: Side, seed: number, times = 1): void {
    this.outside(() => {
      const churn: Churn = startChurn(side === 'S' ? SOURCE : REPLICA, seed, NAMES);
      const rules = random(seed + 1);
      for (let at = 0; at < times; at += 1) {
        this.guard.editing();
        this.isEditing = true;
        const isRuled = side === 'S' && this.settings.rules === true && rules.once(4);
        const did = isRuled ? editRules(SOURCE, this.foldersIn(SOURCE), NAMES, rules)
          : churn.step();
        this.log.push(`${side} ${did}`);
        this.isEditing = false;
        this.clock.advance(this.rng.below(3) + 0.01);
        this.edited();
      }
    });
  }

  private foldersIn(root: string): string[] {
    const all: string[] = [];
    const visit = (folder: Inode, path: string): void => {
      all.push(path);
      for (const [name, below] of folder.entries) {
        if (below.type === 'folder') visit(below, joinPath(path, name));
      }
    };
    visit(this.disk.get(root, 'open', true), '');
    return all;
  }

  private hit(side: Side, seed: number, paths: readonly string[] = this.used): void {
    this.outside(() => {
      this.guard.editing();
      const did = hit(paths, side, seed);
      if (did !== undefined) this.log.push(`call ${this.count}: ${did}`);
      this.edited();
    });
  }

  private edited(): void {
    if (this.isHonest) this.tellTimes();
    const before = this.seen;
    this.seen = this.look();
    const changes = [...new Set([...before.keys(), ...this.seen.keys()])]
      .filter((path) => before.get(path) !== this.seen.get(path)).map(changeAt);
    this.watcher?.hear(changes);
    this.guard.edited(this.count);
  }

  /** The engine is started, and this happens meanwhile. */
  begin(happenings: readonly During[]): void {
    this.isKilled = false;
    this.isCalm = false;
    this.count = 0;
    this.used.length = 0;
    this.guard.begins();
    this.guard.blind = undefined;
    this.failsAfter = undefined;
    this.placed = undefined;
    this.happenings = happenings.filter((one) => 'at' in one).sort((a, b) => a.at - b.at);
    for (const one of happenings) {
      if ('ms' in one) this.clock.start(() => this.happenNow(one), one.ms);
    }
  }

  /** When somebody last set a folder's time, be it to what it was once before. */
  private timeWith(path: string, names: string, { mtime, ctime }: Inode): bigint {
    const known = this.times.get(path);
    const isSet = known?.names === names && known.mtime !== mtime;
    const time = isSet ? ctime : known?.time ?? -1n;
    this.times.set(path, { names, mtime, time });
    return time;
  }

  private readonly times = new Map<string, { names: string; mtime: bigint; time: bigint }>();

  /** What a watcher could tell apart in the source. */
  private look(): Map<string, string> {
    const all = new Map<string, string>();
    const visit = (inode: Inode, path: string): void => {
      const { ino, mtime, ctime, mode, uid, gid } = inode;
      // A folder whose time changes with its names is told of by those.
      const names = [...inode.entries.keys()].sort().join('/');
      const time = inode.type === 'folder' ? this.timeWith(path, names, inode) : ctime;
      all.set(path, `${ino} ${mode} ${uid} ${gid} ${time} ${inode.type === 'file' ? mtime : ''}`);
      for (const [name, below] of inode.entries) visit(below, joinPath(path, name));
    };
    visit(this.disk.get(SOURCE, 'open', true), '');
    return all;
  }

  /** Where the record may be lost, size and time alone must tell one content from another. */
  private tellTimes(): void {
    const visit = (folder: Inode): void => {
      for (const inode of folder.entries.values()) {
        if (inode.type === 'folder') visit(inode);
        if (inode.type !== 'file') continue;
        const content = inode.data.toString('latin1');
        const key = (): string => `${content.length} ${inode.mtime / 1000n}`;
        while ((this.contents.get(key()) ?? content) !== content) inode.mtime += 1000n;
        this.contents.set(key(), content);
      }
    };
    visit(this.disk.get('/sim', 'open', false));
  }

  /**
   * The machine loses power. The record goes back to some point after what was synced, and of the
   * files that were copied since the replica last was on the disk some have lost their content.
   * What is left is what the disk has: a later cut does not take it.
   */
  cut(seed: number): void {
    const rng = random(seed);
    for (const stored of this.databases.values()) {
      stored.cut(rng.below(stored.batches.length + 1));
      stored.reboot();
    }
    const visit = (folder: Inode): void => {
      for (const inode of folder.entries.values()) {
        if (inode.type === 'folder') visit(inode);
        const isLost = inode.type === 'file'
          && inode.writtenMs > Math.max(this.syncedMs, inode.syncedMs);
        if (isLost && rng.once(2)) inode.data = Buffer.alloc(rng.once(2) ? 0 : inode.data.length);
        inode.syncedMs = Math.max(inode.syncedMs, inode.writtenMs);
      }
    };
    visit(this.disk.get(REPLICA, 'open', true));
    this.log.push('power cut');
  }

  kill(): void {
    this.isKilled = true;
    this.log.push(`killed at call ${this.count}`);
  }

  /** What only a process has goes with it. */
  bury(): void {
    this.clock.stopAll();
    this.watcher = undefined;
    this.sockets.clear();
    for (const fd of this.disk.open.keys()) this.disk.drop(fd);
  }

  fs(name: string, args: readonly never[]): unknown {
    const call = this.calls[name as keyof Calls] as ((...args: never[]) => unknown) | undefined;
    if (call === undefined) throw new Error(`not simulated: fs.${name}`);
    if (this.isOutside) {
      const result = call(...args);
      return this.isEditing ? withoutTemporaries(result, args[1]) : result;
    }
    if (ONCE.test(String(args[0]))) return call(...args);
    this.use(args[0]);
    if (name !== 'closeSync' || !this.isKilled) this.passBy(name);
    if (name === 'closeSync' && this.isKilled) return undefined;
    const { failsAfter } = this;
    this.failsAfter = undefined;
    const result = this.guard.watch(name, args, this.count, () => call(...args));
    if (PLACES.test(name)) this.place(args[1]);
    if (failsAfter !== undefined) throw systemError(failsAfter, name);
    return result;
  }

  /** What the call in hand fails with, once it is done. */
  private failsAfter: string | undefined;

  /** Remembers what the engine used, by its real path. */
  private use(what: unknown): void {
    const path = typeof what === 'number' ? this.disk.open.get(what)?.path
      : this.disk.nameOf(bytesOf(what as string));
    if (path === undefined) return;
    this.used.push(path);
    if (this.used.length > 24) this.used.shift();
  }

  /** What the engine gave its name in the replica last, and at which call. */
  private placed: { readonly path: string; readonly call: number } | undefined;

  private place(name: unknown): void {
    const path = this.disk.nameOf(bytesOf(name as string));
    const isShown = path?.startsWith(`${REPLICA}/`) === true && !path.split('/').some(isTemporary);
    this.placed = isShown ? { path, call: this.count } : undefined;
  }

  /** Time passes, and what is due happens. */
  private passBy(name: string): void {
    if (this.isKilled) throw systemError(KILLED, name);
    this.count += 1;
    this.clock.advance((1 + this.rng.below(this.settings.slow ?? 20)) / 1000);
    const { blind } = this.guard;
    if (blind !== undefined && this.count > blind.until) this.guard.blind = undefined;
    else if (blind !== undefined && !name.startsWith('level') && !SPARED.has(name)) {
      const path = this.used.at(-1);
      if (`${path}/`.startsWith(`${blind.path}/`)) throw systemError(blind.code, name);
    }
    while (this.happenings[0] !== undefined && this.happenings[0].at <= this.count) {
      this.happen(this.happenings[0], name);
    }
  }

  /** What waits for a call that it could happen to waits no longer. */
  calm(): void {
    this.happenings = [];
    this.isCalm = true;
    this.guard.blind = undefined;
  }

  /** At a moment when the engine rests. */
  private happenNow(one: During): void {
    if (this.isKilled || this.isCalm) return;
    if ('edit' in one) this.edit(one.edit, one.seed);
    if ('hit' in one) this.hit(one.hit, one.seed);
    if ('spoil' in one) this.hit('D', one.spoil, [this.placed!.path]);
    if ('clock' in one) this.clock.wallMs += one.clock;
    if ('crash' in one) this.kill();
    if ('blind' in one) this.goBlind(one.blind, one.calls);
    if ('word' in one) this.say(one.word);
    if ('watcher' in one && one.watcher === 'overflow') this.watcher?.tell({ kind: 'overflow' });
    if ('watcher' in one && one.watcher === 'dies') this.watcher?.die();
    if ('error' in one) this.happenings.unshift({ ...one, at: 0 });
  }

  private goBlind(code: string, calls: number): void {
    const path = this.used.at(-1);
    const isRoot = path === SOURCE || path === REPLICA || path === undefined;
    if (isRoot || !/^\/sim\/[SD]\//.test(path)) return;
    this.log.push(`${code} for ${path}, calls ${this.count} to ${this.count + calls}`);
    this.guard.blind = { path, code, until: this.count + calls, isNew: true };
  }

  private happen(one: During & { readonly at: number }, name: string): void {
    if ('spoil' in one && this.placed?.call !== this.count - 1) {
      // It waits for what it could happen to, and nothing waits for it.
      this.happenings.shift();
      this.happenings.push({ ...one, at: this.count + 1 });
      this.happenings.sort((a, b) => a.at - b.at);
      return;
    }
    const isAfter = 'error' in one && one.after === true;
    if ('error' in one && (SPARED.has(name) || (isAfter && !CHANGES.test(name)))) {
      // It hits the next call that can fail.
      this.happenings[0] = { ...one, at: this.count + 1 };
      return;
    }
    this.happenings.shift();
    if ('error' in one) {
      this.log.push(`${one.error} ${isAfter ? 'after ' : ''}for ${name}, call ${this.count}`);
      if (isAfter) {
        this.failsAfter = one.error;
        return;
      }
      this.failsAfter = undefined;
      throw systemError(one.error, name);
    }
    this.happenNow(one);
    if ('crash' in one) {
      // Nothing comes of it, and nobody expects it to fail.
      if (name !== 'closeSync') throw systemError(KILLED, name);
    }
  }

  private given(path: string): string | undefined {
    if (!path.startsWith('/proc/')) return undefined;
    if (path === '/proc/self/mountinfo') return '20 1 8:1 / / rw - ext4 /dev/sda1 rw\n';
    if (path === '/proc/sys/kernel/random/boot_id') return 'boot-1\n';
    if (path.startsWith('/proc/self/fdinfo/')) return 'pos:\t0\nmnt_id:\t20\n';
    if (path === '/proc/net/unix') return [...this.sockets].map((name) => `0 @${name}\n`).join('');
    return undefined;
  }

  readonly level: LevelWorld = {
    stored: (folder) => {
      const known = this.databases.get(folder) ?? new Stored();
      this.databases.set(folder, known);
      return known;
    },
    destroy: (folder) => {
      this.level.passNow('destroy');
      this.databases.delete(folder);
    },
    passNow: (call) => this.passBy(`level ${call}`),
    pass: async (call) => {
      this.level.passNow(call);
      await new Promise<void>((resolve) => {
        this.clock.start(resolve, this.rng.below(3) / 2);
      });
      if (this.isKilled) throw systemError(KILLED, call);
    },
  };

  /** How often random bytes were asked for. */
  drawn = 0;

  randomBytes(count: number): Buffer {
    this.drawn += 1;
    return this.rng.bytes(count);
  }

  /** Only `sync -f` is ever started. */
  execFile(_command: string, _args: readonly string[], done: (error: unknown) => void): unknown {
    const untilMs = this.clock.monotonicMs;
    this.clock.start(() => {
      this.syncedMs = Math.max(this.syncedMs, untilMs);
      done(null);
    }, this.rng.below(500));
    return { unref() {} };
  }

  createServer(): unknown {
    const { sockets, clock } = this;
    let mine = '';
    const told = new Map<string, (error: unknown) => void>();
    const server = {
      unref: () => server,
      on: (event: string, listener: (error: unknown) => void) => void told.set(event, listener),
      once: (event: string, listener: (error: unknown) => void) => void told.set(event, listener),
      listen: (name: string, listening: () => void) => clock.start(() => {
        const plain = name.replaceAll('\0', '');
        if (sockets.has(plain)) told.get('error')?.(systemError('EADDRINUSE', 'listen'));
        else {
          sockets.add(mine = plain);
          listening();
        }
      }, 0),
      close: (closed: () => void) => clock.start(() => {
        sockets.delete(mine);
        closed();
      }, 0),
    };
    return server;
  }

  /** The watcher of the process that runs, if it has one. */
  watcher: WatcherThread | undefined;
  /** Says a word to the watch that runs. */
  say: (word: Word) => void = () => {};

  worker(url: URL, { workerData }: { readonly workerData: unknown }): object {
    const rng = random(this.rng.below(2 ** 31));
    if (!decodeURIComponent(url.href).includes('watcher-thread')) {
      return new PoolThread(this.clock, rng, (workerData as { shared: Int32Array }).shared);
    }
    this.watcher = new WatcherThread(this.clock, rng, this.settings.hearing ?? {});
    return this.watcher;
  }

  /** All that is on the disk, and in the record, to tell whether anything was written. */
  snapshot(andRecord: boolean): string[] {
    const lines: string[] = [];
    const visit = (inode: Inode, path: string): void => {
      lines.push(`${path} ${inode.ino} ${inode.mtime} ${inode.ctime} ${inode.mode} ${inode.nlink}`);
      for (const [name, below] of inode.entries) visit(below, `${path}/${name}`);
    };
    visit(this.disk.get('/sim', 'open', false), '');
    if (!andRecord) return lines;
    for (const [folder, { writes }] of this.databases) lines.push(`${folder} ${writes}`);
    return lines;
  }

  enter(): void {
    simulate(this);
  }

  leave(): void {
    simulate(undefined);
  }
}

/** Calls that may be done though they fail: what a server answered got lost. */
const CHANGES = /^(?:rename|unlink|mkdir|rmdir|link|symlink|l?f?chown|f?chmod|[lf]?utimes)Sync$/;

/** Calls that give something its name. */
const PLACES = /^(?:rename|link|symlink)Sync$/;

/** Read once a process, and remembered: a run must not depend on those before it. */
const ONCE = /^\/(?:proc\/self\/mountinfo|proc\/sys\/|dev\/)/;

/** What has a temporary name is nobody else's business, but goes with the folder it is in. */
function withoutTemporaries(result: unknown, options: unknown): unknown {
  const isListing = Array.isArray(result) && (options as Latin | undefined)?.encoding === 'latin1';
  return isListing ? result.filter((name) => !isTemporary(name as string)) : result;
}

interface Latin { readonly encoding?: string }

/** Calls that nobody expects to fail: it would be news of a broken disk at the worst. */
const SPARED = new Set(['closeSync', 'existsSync']);
