/** A timer as Node's, on a clock that stands still until it is moved. */
interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly act: () => void;
  readonly everyMs: number | undefined;
}

/** Node's own, as it was before anything was patched. */
export const realImmediate = globalThis.setImmediate;

/** Virtual time: it passes by what is done, and jumps to the next timer where nothing is. */
export class Clock {
  /** Milliseconds since the run began, and since 1970: the second may be set. */
  monotonicMs = 0;
  wallMs = 1_800_000_000_000;
  private readonly timers = new Map<object, Timer>();
  private order = 0;

  advance(ms: number): void {
    this.monotonicMs += ms;
    this.wallMs += ms;
  }

  start(act: () => void, ms: number, everyMs?: number): object {
    const handle = {
      ref: () => handle, unref: () => handle, hasRef: () => true,
      [Symbol.dispose]: () => this.stop(handle),
    };
    this.set(handle, act, ms, everyMs);
    return handle;
  }

  private set(handle: object, act: () => void, ms: number, everyMs: number | undefined): void {
    this.order += 1;
    const dueMs = this.monotonicMs + (Number.isFinite(ms) ? Math.max(0, ms) : 0);
    this.timers.set(handle, { dueMs, act, everyMs, order: this.order });
  }

  stop(handle: unknown): void {
    this.timers.delete(handle as object);
  }

  stopAll(): void {
    this.timers.clear();
  }

  /** Lets promises settle, then the next timer act; false where there is none until then. */
  async turn(untilMs = Infinity): Promise<boolean> {
    await new Promise((resolve) => realImmediate(resolve));
    let next: { handle: object; timer: Timer } | undefined;
    for (const [handle, timer] of this.timers) {
      const isSooner = next === undefined || timer.dueMs < next.timer.dueMs
        || (timer.dueMs === next.timer.dueMs && timer.order < next.timer.order);
      if (isSooner) next = { handle, timer };
    }
    if (next === undefined || next.timer.dueMs > untilMs) return false;
    const { handle, timer } = next;
    this.timers.delete(handle);
    this.advance(Math.max(0, timer.dueMs - this.monotonicMs));
    if (timer.everyMs !== undefined) this.set(handle, timer.act, timer.everyMs, timer.everyMs);
    timer.act();
    return true;
  }

  /** Lets time pass until something is so; false where nothing more happens, or not within it. */
  async until(isSo: () => boolean, withinMs: number): Promise<boolean> {
    const endMs = this.monotonicMs + withinMs;
    for (;;) {
      await new Promise((resolve) => realImmediate(resolve));
      if (isSo()) return true;
      if (this.monotonicMs <= endMs && await this.turn(endMs)) continue;
      if (Number.isFinite(endMs)) this.advance(Math.max(0, endMs - this.monotonicMs));
      return isSo();
    }
  }
}
