import type { Row } from './row.ts';

/** Rows that once failed, shrunk; each found something, and is run always. */
export const KEPT: readonly (Row & { readonly found: string })[] = [
  {
    found: 'a copy that someone wrote to before it was looked at was recorded as clean',
    seed: 106,
    steps: [
      { edit: 'S', seed: 209491, times: 19 }, { edit: 'D', seed: 796375, times: 1 },
      { sync: [{ at: 59, clock: 500 }, { at: 121, hit: 'D', seed: 370808 }] },
    ],
  },
];
