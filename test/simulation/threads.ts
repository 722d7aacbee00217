import { EventEmitter } from 'node:events';

import type { Change } from '../../lib/core/scope.ts';
import { openHands, type Hands } from '../../lib/disk/hands.ts';
import type { Job, JobContext } from '../../lib/disk/job.ts';
import { perform } from '../../lib/disk/perform.ts';
import type { WatcherEvent } from '../../lib/rx/changes.ts';
import type { Random } from '../support/random.ts';
import type { Clock } from './clock.ts';

/** A thread, as far as who starts one sees it. */
abstract class Thread extends EventEmitter {
  protected isOver = false;

  ref(): void {}
  unref(): void {}
  abstract postMessage(message: unknown): void;

  async terminate(): Promise<number> {
    if (!this.isOver) this.end();
    return 1;
  }

  protected end(): void {
    this.isOver = true;
    this.emit('exit', 1);
  }
}

interface Asked { readonly job: Job; readonly context: JobContext }

/** A thread of the pool: its steps come between those of others, as chance has it. */
export class PoolThread extends Thread {
  private readonly hands: Hands;
  private readonly clock: Clock;
  private readonly rng: Random;
  private readonly inbox: ('rest' | Asked)[] = [];
  private isBusy = false;

  constructor(clock: Clock, rng: Random, shared: Int32Array) {
    super();
    this.clock = clock;
    this.rng = rng;
    this.hands = openHands(shared);
    this.soon(() => this.emit('message', 'ready'));
  }

  postMessage(message: 'rest' | Asked): void {
    this.inbox.push(message === 'rest' ? message : structuredClone(message));
    if (!this.isBusy) this.next();
  }

  protected override end(): void {
    this.hands.rest();
    super.end();
  }

  private soon(act: () => void): void {
    this.clock.start(() => {
      if (!this.isOver) act();
    }, this.rng.below(4) / 4);
  }

  private next(): void {
    const message = this.inbox.shift();
    this.isBusy = message !== undefined;
    if (message === undefined) return;
    if (message === 'rest') {
      this.hands.rest();
      this.next();
      return;
    }
    const steps = perform(message.job, message.context, this.hands);
    const go = (): void => {
      let answer: object | undefined;
      try {
        // Some at a time, so that a run does not take for ever.
        for (let count = this.rng.below(4); count >= 0 && answer === undefined; count -= 1) {
          const step = steps.next();
          if (step.done === true) answer = { result: structuredClone(step.value) };
        }
      } catch (error) {
        answer = { error };
      }
      if (answer === undefined) return this.soon(go);
      this.emit('message', answer);
      this.next();
    };
    this.soon(go);
  }
}

/** How well the watcher is told of changes. */
export interface Hearing {
  /** Of a hundred changes so many are never told, told twice, or told though nothing was. */
  readonly lost?: number;
  readonly twice?: number;
  readonly invented?: number;
  /** Milliseconds that a change takes to be told, at most. */
  readonly late?: number;
}

/** The thread that watches: it tells what the world says, late, twice, or not at all. */
export class WatcherThread extends Thread {
  private readonly clock: Clock;
  private readonly rng: Random;
  private readonly hearing: Hearing;

  constructor(clock: Clock, rng: Random, hearing: Hearing) {
    super();
    this.clock = clock;
    this.rng = rng;
    this.hearing = hearing;
    this.later(() => this.tell({ kind: 'ready', folders: 1 }), 300);
  }

  postMessage(): void {}

  /** Something changed there. */
  hear(changes: readonly Change[]): void {
    const { lost = 0, twice = 0, invented = 0, late = 30 } = this.hearing;
    for (const change of changes) {
      const tell = (): void => this.tell({ kind: 'changes', changes: [change] });
      if (this.rng.below(100) >= lost) this.later(tell, late);
      if (this.rng.below(100) < twice) this.later(tell, late * 10);
      if (this.rng.below(100) >= invented) continue;
      const name = this.rng.pick(['a', 'b', 'nothing']);
      this.later(() => this.tell({ kind: 'changes', changes: [
        this.rng.once(2) ? { folder: '', name } : { folder: name, whole: 'tree' }] }), late);
    }
  }

  tell(event: WatcherEvent): void {
    if (!this.isOver) this.emit('message', event);
  }

  die(): void {
    if (!this.isOver) this.end();
  }

  private later(act: () => void, ms: number): void {
    this.clock.start(act, this.rng.below(ms) + 1);
  }
}
