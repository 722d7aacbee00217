import type { PairEvent } from '../core/event.ts';
import { askV8, memoryFlags } from './v8-flags.ts';

/**
 * Has V8 save memory while nobody waits, by what is told of passes. A watch stays for weeks beside
 * other work: it saves memory at rest, and in full passes that have nothing to do, but not while it
 * takes up changes. A single pass saves it once it has much to do: it ends before it could give it
 * back.
 */
export function memorySaver(
  isWatch: boolean, save: (saves: boolean) => void = ask, restMs = REST_MS,
): (event: PairEvent) => void {
  let resting: NodeJS.Timeout | undefined;
  let was: boolean | undefined;
  const saves = (now: boolean): void => {
    clearTimeout(resting);
    if (now !== was) save(now);
    was = now;
  };
  if (isWatch) saves(true);
  return (event) => {
    if (event.kind === 'progress' && event.phase === 'apply') saves(!isWatch);
    if (!isWatch) return;
    if (event.kind === 'pass-started' && event.scope === 'incremental') saves(false);
    if (event.kind === 'pass-finished' || event.kind === 'pass-failed') {
      clearTimeout(resting);
      resting = setTimeout(saves, restMs, true).unref();
    }
  };
}

const ask = (saves: boolean): void => askV8((version) => memoryFlags(version, saves));

/** A burst is taken up in several passes, one soon after the other. */
const REST_MS = 2_000;
