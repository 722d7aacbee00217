import { execFileSync } from 'node:child_process';

const mounts: string[] = [];

/** Mounts a tmpfs on a folder, until `unmount` or the end of the process. As root only. */
export const mountTmpfs = (at: string, options = 'size=8m', name = 'none'): void =>
  mount(at, ['-t', 'tmpfs', '-o', options, name, at]);

/** Mounts an image of ext4 that writes as late as it may. */
export const mountImage = (image: string, at: string): void =>
  mount(at, ['-o', 'loop,noauto_da_alloc,commit=300', image, at]);

/** Mounts an image of btrfs, whose files can share content. */
export const mountBtrfs = (image: string, at: string): void => mount(at, ['-o', 'loop', image, at]);

/** Joins two file systems: what is in the lower folder has inodes with the topmost bit set. */
export const mountOverlay = (lower: string, upper: string, work: string, at: string): void =>
  mount(at, ['-t', 'overlay', 'overlay', '-o',
    `xino=on,lowerdir=${lower},upperdir=${upper},workdir=${work}`, at]);

/** Shows a folder at another place, too. */
export const bindMount = (folder: string, at: string): void => mount(at, ['--bind', folder, at]);

/** Takes the last mount at a place away, whoever is in it. */
export function unmount(at: string): void {
  execFileSync('umount', ['-l', at]);
  mounts.splice(mounts.lastIndexOf(at), 1);
}

function mount(at: string, args: readonly string[]): void {
  execFileSync('mount', args);
  // Before the temporary folders are removed, which their own listener does, added earlier.
  if (!process.listeners('exit').includes(unmountAll)) process.prependListener('exit', unmountAll);
  mounts.push(at);
}

function unmountAll(): void {
  for (const at of mounts.toReversed()) unmount(at);
}
