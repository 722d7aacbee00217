import fs from 'node:fs';

/** A call that changes something on the disk: the n-th of its kind in its thread. */
export interface Moment {
  readonly call: string;
  readonly nth: number;
  /** As strace prints it, for the message of a failure. */
  readonly line: string;
}

/**
 * The calls that change a disk, by their names on x86-64 and on others. `open` in all its forms
 * does where it makes a file.
 */
const CHANGING = [
  'rename', 'renameat', 'renameat2', 'link', 'linkat', 'unlink', 'unlinkat', 'rmdir', 'mkdir',
  'mkdirat', 'symlink', 'symlinkat', 'open', 'openat', 'write', 'writev', 'pwrite64', 'pwritev',
  'ftruncate', 'truncate', 'fallocate', 'copy_file_range', 'sendfile', 'utimensat', 'chmod',
  'fchmod', 'fchmodat', 'chown', 'fchown', 'lchown', 'fchownat', 'fsync', 'fdatasync',
  'sync_file_range',
];

/** What strace is told to trace; a name that this machine does not have is no error. */
export const TRACED = CHANGING.map((name) => `?${name}`).join(',');

/**
 * The moments in a trace (of `strace -f -y`), but for calls that concern no file below `dir`:
 * a pipe, an eventfd, a file that is opened to be read.
 */
export function momentsIn(trace: string, dir: string): Moment[] {
  const counts = new Map<string, number>();
  const moments: Moment[] = [];
  for (const line of fs.readFileSync(trace, 'latin1').split('\n')) {
    const [, thread, call, args] = /^(\d+) +(\w+)\((.*)$/.exec(line) ?? [];
    if (thread === undefined || call === undefined || args === undefined) continue;
    const key = `${thread} ${call}`;
    const nth = (counts.get(key) ?? 0) + 1;
    counts.set(key, nth);
    if (call.startsWith('open') && !args.includes('O_CREAT')) continue;
    if (args.includes(`<${dir}`) || args.includes(`"${dir}`) || args.includes('"/proc/self/fd/')) {
      moments.push({ call, nth, line: line.slice(0, 200) });
    }
  }
  // Two threads may come to the same moment: the first one there is killed, and all with it.
  return [...new Map(moments.map((each) => [`${each.call} ${each.nth}`, each])).values()];
}

/** Of each how manieth kind of call one: in turn the first, one in the middle, the last. */
export function sampleOf(moments: readonly Moment[], stride: number): Moment[] {
  const kinds = new Map<string, Moment[]>();
  for (const each of moments) kinds.set(each.call, [...(kinds.get(each.call) ?? []), each]);
  return [...kinds.values()].filter((_, at) => at % stride === 0).map((kind, at) =>
    kind[[0, kind.length >> 1, kind.length - 1][at % 3]!]!);
}
