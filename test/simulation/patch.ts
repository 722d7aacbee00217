import childProcess from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import threads from 'node:worker_threads';

import type { Calls } from './calls.ts';
import { levelIn, type LevelWorld } from './level.ts';
import { realImmediate, type Clock } from './clock.ts';

/** What stands in for the system while something is simulated. */
export interface System {
  readonly clock: Clock;
  readonly level: LevelWorld;
  /** A call of fs, in Node's name for it. */
  fs(name: string, args: readonly never[]): unknown;
  randomBytes(count: number): Buffer;
  execFile(...args: never[]): unknown;
  createServer(): unknown;
  worker(url: URL, options: { readonly workerData: unknown }): object;
}

let current: System | undefined;

/** From now on the engine runs on that; `undefined`: on the real one again. */
export function simulate(system: System | undefined): void {
  current = system;
}

/** Calls that the disk in memory has; all others of the engine are not simulated, and say so. */
type Simulated = keyof Calls;

patchFs();
patchTime();
patchOthers();
syncBuiltinESMExports();
patchLevel();

function patchFs(): void {
  const all = fs as unknown as Record<string, (...args: never[]) => unknown>;
  for (const name of Object.keys(all) as Simulated[]) {
    const real = all[name];
    if (typeof real !== 'function' || !name.endsWith('Sync')) continue;
    const patched = (...args: never[]): unknown => {
      if (current === undefined || isOurs(args[0])) return real.apply(fs, args);
      return current.fs(name, args);
    };
    all[name] = Object.assign(patched, real);
  }
  Object.assign(fs.realpathSync, { native: fs.realpathSync });
}

/** The project's own code, which tsx may read at any time. */
const isOurs = (path: unknown): boolean =>
  /\/node_modules\/|^(?:file:\/\/)?\/.*\/lib\/.*\.ts$/.test(String(path));

function patchTime(): void {
  const real = {
    setTimeout, clearTimeout, setInterval, clearInterval, clearImmediate,
    dateNow: Date.now, now: performance.now.bind(performance),
  };
  type Act = (...args: unknown[]) => void;
  const patched = {
    setTimeout: (act: Act, ms = 1, ...args: unknown[]): unknown => (current === undefined
      ? real.setTimeout(act, ms, ...args)
      : current.clock.start(() => act(...args), Math.max(1, ms))),
    setInterval: (act: Act, ms = 1, ...args: unknown[]): unknown => (current === undefined
      ? real.setInterval(act, ms, ...args)
      : current.clock.start(() => act(...args), Math.max(1, ms), Math.max(1, ms))),
    setImmediate: (act: Act, ...args: unknown[]): unknown => (current === undefined
      ? realImmediate(act, ...args) : current.clock.start(() => act(...args), 0)),
  };
  const stop = (clear: (handle: never) => void) => (handle: never): void => {
    if (current === undefined) clear(handle);
    else current.clock.stop(handle);
  };
  Object.assign(globalThis, patched, {
    clearTimeout: stop(real.clearTimeout), clearInterval: stop(real.clearInterval),
    clearImmediate: stop(real.clearImmediate),
  });
  Date.now = () => (current === undefined ? real.dateNow() : Math.floor(current.clock.wallMs));
  performance.now = () => current?.clock.monotonicMs ?? real.now();
}

function patchOthers(): void {
  const { randomFillSync, randomBytes } = crypto;
  const { execFile } = childProcess;
  const { createServer } = net;
  const { Worker } = threads;
  Object.assign(crypto, {
    randomFillSync: (into: Buffer): Buffer => (current === undefined ? randomFillSync(into)
      : (into.set(current.randomBytes(into.length)), into)),
    randomBytes: (count: number) => current?.randomBytes(count) ?? randomBytes(count),
  });
  childProcess.execFile = ((...args: never[]) => (current === undefined
    ? (execFile as (...args: never[]) => unknown)(...args)
    : current.execFile(...args))) as unknown as typeof execFile;
  net.createServer = ((...args: never[]) => (current === undefined
    ? (createServer as (...args: never[]) => unknown)(...args)
    : current.createServer())) as unknown as typeof createServer;
  threads.Worker = new Proxy(Worker, {
    construct: (real, [url, options]) => (current === undefined
      ? new real(url as URL, options as object) : current.worker(url as URL, options as never)),
  });
}

/** The database is a module of its own: its export is replaced before anyone imports it. */
function patchLevel(): void {
  const exported = createRequire(import.meta.url)('classic-level') as { ClassicLevel: unknown };
  const Real = exported.ClassicLevel as new (...args: never[]) => object;
  const Memory = levelIn(() => current!.level);
  const Either = new Proxy(Real, {
    construct: (real, args) => (current === undefined ? new real(...args as never[])
      : new Memory(args[0] as string)),
    get: (real, name) => (current !== undefined && name === 'destroy' ? Memory.destroy
      : Reflect.get(real, name) as unknown),
  });
  Object.defineProperty(exported, 'ClassicLevel', { value: Either, configurable: true });
}
