import { BREAKS } from '../../breaks/all.ts';
import type { Break } from '../../breaks/break.ts';

/** The break of a promise (docs/promises.md), which a row of the catalogue is seen to fail with. */
export function like(row: string, promise: string): Break {
  const known = BREAKS.find((one) => one.promise === promise);
  if (known === undefined) throw new Error(`there is no break of ${promise}`);
  return { ...known, promise: row };
}
