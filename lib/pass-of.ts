import { Observable } from 'rxjs';
import type { SyncEvent } from './core/event.ts';
import { uniteChanges, type Trigger } from './core/scope.ts';
import { codeOf } from './disk/bytes.ts';
import type { Mirror, PassResult } from './mirror.ts';
import { pass } from './pass.ts';

/**
 * A pass as a stream of its events. It never errors: a pass that breaks off is a failed pass, and
 * the watch goes on. In a running watch a refusal is something to wait for, told once.
 */
export function passOf(
  mirror: Mirror, trigger: Trigger, take: (result: PassResult) => void = () => {},
): Observable<SyncEvent> {
  return new Observable((subscriber) => {
    const { memory } = mirror;
    if (memory.cancelled) {
      subscriber.complete();
      return;
    }
    const isFirst = memory.passes === 0;
    const tell = (event: SyncEvent): void => {
      const told = isFirst ? event : asWaiting(mirror, event, trigger);
      if (told !== undefined) subscriber.next(told);
    };
    memory.inHand = (async (): Promise<void> => {
      const result = await guarded(mirror, trigger, tell);
      const isRefusedStart = isFirst && memory.passes === 0;
      take(isRefusedStart ? { ...result, isRefusedStart } : result);
      subscriber.complete();
    })();
  });
}

/** The pass, whatever becomes of it. */
async function guarded(
  mirror: Mirror, trigger: Trigger, tell: (event: SyncEvent) => void,
): Promise<PassResult> {
  const { memory, pool } = mirror;
  // One aside may have ended after the pass before: what it left open may have moved since.
  pool.rest();
  memory.plan$.next('not yet');
  try {
    const result = await pass(mirror, withArrived(memory, trigger), tell,
      (plan) => memory.plan$.next(plan));
    if (result.failed === undefined) {
      memory.waitingFor = undefined;
      memory.arrived = result.arrived ?? new Map();
    }
    return result;
  } catch (error) {
    const failed = failureOf(error);
    if (!memory.cancelled) tell({ kind: 'pass-failed', ...failed, exitCode: 3 });
    return { failed };
  } finally {
    pool.rest();
    memory.plan$.next('none');
    memory.lastPassMs = Date.now();
  }
}

/** Its other name may be all that this pass was told of: then it would be removed there. */
const withArrived = ({ arrived }: Mirror['memory'], trigger: Trigger): Trigger =>
  (trigger.full || arrived.size === 0 ? trigger
    : { ...trigger, changes: uniteChanges(trigger.changes, arrived) });

/** A running watch waits for what a start would have been refused for; who asks is told again. */
function asWaiting(
  { memory }: Mirror, event: SyncEvent, { reason, approve }: Trigger,
): SyncEvent | undefined {
  if (event.kind !== 'pass-failed') return event;
  const isAsked = reason === 'asked' || approve.length > 0;
  if (memory.waitingFor?.code === event.code && !isAsked) return undefined;
  memory.waitingFor = { code: event.code, text: event.text };
  return { kind: 'waiting', ...memory.waitingFor };
}

/** An error of the system has a code; anything else is a bug of ours, and says so. */
function failureOf(error: unknown): { code: string; text: string } {
  const code = codeOf(error);
  if (code !== 'unknown') return { code, text: `the pass broke off: ${(error as Error).message}` };
  const text = error instanceof Error ? error.stack ?? error.message : String(error);
  return { code: 'internal', text: `Internal error: ${text}` };
}
