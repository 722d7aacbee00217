import fs, { constants } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { isRoot } from '../support/needs.ts';
import { random, type Random } from '../support/random.ts';
import { tempFolder } from '../support/temp.ts';
import { callsOf, type Calls } from './calls.ts';
import { Disk, O_PATH } from './disk.ts';

const twin = suite('the disk in memory');

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_DIRECTORY, O_NOFOLLOW,
  O_NONBLOCK } = constants;

/** Nothing here leads up: on the real disk there are others. */
const TARGETS = ['a', 'b/c', '.', 'c/a', 'gone'];

/** A call, as it can be made on both disks: `@` is the root of each, `#n` its nth descriptor. */
type Call = readonly [keyof Calls, ...(string | number | Buffer | object | null)[]];

const NAMES = ['a', 'b', 'c', 'caf\xe9', 'n'.repeat(255), 'n'.repeat(256)];

function pathOf(rng: Random, more = [...NAMES, '.']): string {
  const names = Array.from({ length: 1 + rng.below(3) }, () =>
    rng.pick([...NAMES.slice(0, 3), ...NAMES.slice(0, 3), ...more]));
  const base = rng.once(5) ? `/proc/self/fd/#${rng.below(4)}/` : '@/';
  return base + names.join('/');
}

const timeOf = (rng: Random): string => rng.pick(
  ['0.0000005', '-0.0000015', '1700000000.1234565', '-12.5000005', '4102444800.9999995', '7']);

/** One random call of those that change or tell something. */
function callOf(rng: Random): Call {
  const at = pathOf(rng);
  // Which of two names is complained of first is no matter.
  const [from, to] = [pathOf(rng, ['d']), pathOf(rng, ['d'])];
  const fd = `#${rng.below(4)}`;
  const mode = rng.pick([0o644, 0o600, 0o755, 0o4755, 0o2755, 0o1777]);
  const flags = rng.pick([O_RDONLY, O_RDONLY, O_WRONLY, O_RDWR, O_PATH])
    | (rng.once(2) ? O_CREAT : 0) | (rng.once(3) ? O_EXCL : 0) | (rng.once(4) ? O_TRUNC : 0)
    | (rng.once(4) ? O_DIRECTORY : 0) | (rng.once(2) ? O_NOFOLLOW : 0)
    | (rng.once(4) ? O_APPEND : 0) | O_NONBLOCK;
  // What O_CREAT means beside O_DIRECTORY depends on the kernel, and O_EXCL alone on nothing.
  const open = (flags & O_DIRECTORY) === 0 && (flags & O_CREAT) !== 0 ? flags
    : flags & ~(O_CREAT | O_EXCL);
  return rng.pick<() => Call>([
    () => ['openSync', at, open, mode & 0o777], () => ['openSync', at, O_RDONLY | O_NOFOLLOW],
    () => ['openSync', at, O_RDONLY | O_DIRECTORY | O_NOFOLLOW], () => ['closeSync', fd],
    () => ['mkdirSync', at, mode], () => ['mkdirSync', at, mode], () => ['mkdirSync', at, mode],
    () => ['rmdirSync', at], () => ['unlinkSync', at],
    () => ['writeFileSync', at, rng.bytes(rng.below(20))], () => ['readFileSync', at],
    () => ['writeFileSync', at, rng.bytes(rng.below(20))], () => ['appendFileSync', at, 'more'],
    () => ['renameSync', from, to], () => ['renameSync', from, to],
    () => ['linkSync', from, to], () => ['truncateSync', at, rng.below(9)],
    () => ['symlinkSync', rng.pick(TARGETS), at],
    () => ['realpathSync', to.replace(/^\/.*#\d/, '@'), 'latin1'],
    () => ['readlinkSync', at, 'latin1'],
    () => ['readdirSync', at, 'latin1'],
    () => ['readdirSync', at, { withFileTypes: true, encoding: 'latin1' }],
    () => ['lstatSync', at, { bigint: true }], () => ['statSync', at, {}], () => ['accessSync', at],
    () => ['lstatSync', at, { bigint: true, throwIfNoEntry: false }], () => ['existsSync', at],
    () => ['fstatSync', fd, { bigint: true }], () => ['ftruncateSync', fd, rng.below(30)],
    () => ['writeSync', fd, rng.bytes(5), 0, 5, rng.once(2) ? null : rng.below(9)],
    () => ['chmodSync', at, mode], () => ['fchmodSync', fd, mode], () => ['lchownSync', at, -1, -1],
    () => ['chmodSync', `/proc/self/fd/${fd}`, mode], () => ['fchownSync', fd, -1, rng.below(3)],
    () => ['utimesSync', `/proc/self/fd/${fd}`, '1', timeOf(rng)],
    () => ['utimesSync', at, '1', timeOf(rng)], () => ['lutimesSync', at, '1', timeOf(rng)],
    () => ['futimesSync', fd, '1', timeOf(rng)],
    () => ['chownSync', at, rng.below(3), rng.below(3)],
  ])();
}

/** One of the two disks, with the descriptors opened on it so far. */
interface Side {
  readonly calls: Record<string, (...args: never[]) => unknown>;
  readonly root: string;
  readonly fds: (number | undefined)[];
}

/** Makes a call, and says what came of it in words that do not depend on the disk. */
function make(side: Side, [name, ...args]: Call): unknown {
  const { root, fds } = side;
  const isAmiss = args.some((arg) => typeof arg === 'string'
    && [...arg.matchAll(/#(\d)/g)].some(([, at]) => fds[Number(at)] === undefined));
  if (isAmiss) return 'no descriptor';
  const given = args.map((arg) => {
    if (typeof arg !== 'string') return arg;
    if (/^#\d$/.test(arg)) return fds[Number(arg[1])];
    const path = arg.replace(/^@/, root).replace(/#(\d)/, (_, at) => String(fds[Number(at)]));
    return path.startsWith('/') ? Buffer.from(path, 'latin1') : path;
  });
  try {
    return told(side, name, args, functionOf(side, name)(...given as never[]));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    // Versions of Node differ in whether this too means that there is nothing.
    if (code === 'ENOTDIR' && name === 'lstatSync') return undefined;
    return code;
  }
}

/** Node's own realpath walks in another way than the system's. */
const functionOf = ({ calls }: Side, name: string): ((...args: never[]) => unknown) =>
  (name === 'realpathSync' ? (calls[name] as unknown as typeof fs.realpathSync).native
    : calls[name]!) as never;

function told(side: Side, name: string, args: readonly unknown[], result: unknown): unknown {
  if (name === 'openSync') {
    const free = side.fds.findIndex((fd) => fd === undefined);
    const at = free < 0 || free > 3 ? Math.min(side.fds.length, 4) : free;
    if (at > 3) (side.calls['closeSync'] as unknown as (fd: number) => void)(result as number);
    else side.fds[at] = result as number;
    return 'open';
  }
  if (name === 'closeSync') {
    side.fds[Number((args[0] as string)[1])] = undefined;
    return 'closed';
  }
  if (name === 'mkdirSync') return 'made';
  if (name === 'realpathSync') return String(result).replace(side.root, '@');
  if (Array.isArray(result)) {
    return result.map((each) => (typeof each === 'string' ? each
      : `${each.name} ${each.isDirectory()} ${each.isFile()} ${each.isSymbolicLink()}`)).toSorted();
  }
  if (Buffer.isBuffer(result)) return result.toString('latin1');
  if (result !== null && typeof result === 'object') return shown(result as fs.BigIntStats);
  return result;
}

function shown(stat: fs.BigIntStats): string {
  const size = stat.isDirectory() ? 0 : stat.size;
  const links = stat.isDirectory() ? '' : stat.nlink;
  // Whether a time was set; the clocks differ.
  const ms = Number(stat.mtimeMs);
  const time = ms > 1_700_000_100_000 && ms < 4_000_000_000_000 ? 'now' : stat.mtimeNs ?? ms;
  return `${stat.mode.toString(8)} ${stat.uid}:${stat.gid} ${size} x${links} ${time}`;
}

function realSide(): Side {
  const root = tempFolder();
  fs.chmodSync(root, 0o755);
  return { calls: fs as unknown as Side['calls'], root, fds: [] };
}

function memorySide(): Side {
  const disk = new Disk({
    now: () => 1_800_000_000_000_000_000n, monotonicMs: () => 0, grainNs: 1n,
    reuses: false, uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0,
  });
  const calls = callsOf(disk, () => undefined);
  calls.mkdirSync('/proc/self/fd', { recursive: true });
  disk.descriptors = disk.get('/proc/self/fd', 'test', false);
  calls.mkdirSync('/r/x', { recursive: true });
  return { calls, root: '/r/x', fds: [] };
}

for (const seed of Array.from({ length: 40 }, (_, at) => at + 1)) {
  twin(`answers as the real one, seed ${seed}`, () => {
    if (!isRoot() || process.platform !== 'linux') return;
    const rng = random(seed);
    const sides = [memorySide(), realSide()] as const;
    const log: string[] = [];
    try {
      for (let at = 0; at < 400; at += 1) {
        const call = callOf(rng);
        const [simulated, real] = sides.map((side) => make(side, call));
        log.push(`${call.join(' ')} → ${String(real)}`);
        assert.equal(simulated, real, log.join('\n'));
      }
    } finally {
      for (const fd of sides[1].fds) if (fd !== undefined) fs.closeSync(fd);
    }
  });
}

twin('tells where an open folder is by now', () => {
  if (process.platform !== 'linux') return;
  const [simulated, real] = [memorySide(), realSide()].map(({ calls, root }) => {
    const disk = calls as unknown as typeof fs;
    disk.mkdirSync(`${root}/a/b`, { recursive: true });
    const fd = disk.openSync(`${root}/a/b`, O_RDONLY | O_DIRECTORY);
    const where = (): string =>
      disk.readlinkSync(`/proc/self/fd/${fd}`, 'latin1').replace(root, '@');
    const places = [where()];
    disk.renameSync(`${root}/a/b`, `${root}/a/c`);
    places.push(where());
    disk.renameSync(`${root}/a`, `${root}/d`);
    places.push(where());
    disk.rmdirSync(`${root}/d/c`);
    places.push(where().replace(/.*deleted/, 'deleted'));
    disk.closeSync(fd);
    return places;
  });
  assert.equal(real, ['@/a/b', '@/a/c', '@/d/c', 'deleted)']);
  assert.equal(simulated, real);
});

twin.run();
