import type { Stat } from '../../lib/core/entry.ts';

/** A stat of which only what matters is said; the rest is like any file's. */
export const stat = (part: Partial<Stat> = {}): Stat => ({
  type: 'file', size: 1, mtimeNs: 5_000_000n, ctimeNs: 9_000_000n, birthNs: 1_000_000n, ino: 1n,
  dev: 1n, mode: 0o644, uid: 0, gid: 0, nlink: 1, ...part,
});
