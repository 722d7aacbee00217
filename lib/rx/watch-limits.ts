import { readFileSync } from 'node:fs';

/**
 * How many watches, or instances that hold them, all programs of a user may have; undefined where
 * nobody says so. Inside a container the namespace's own limit may be the lower one.
 */
export function limitOn(what: 'watches' | 'instances'): number | undefined {
  const limits = [`/proc/sys/fs/inotify/max_user_${what}`, `/proc/sys/user/max_inotify_${what}`]
    .map(numberIn).filter((limit) => limit !== undefined);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** All limits: watches, instances, and events that wait in one of these. */
export const inotifyLimits = () => ({
  watches: limitOn('watches'), instances: limitOn('instances'),
  queued: numberIn('/proc/sys/fs/inotify/max_queued_events'),
});

/** The number that a file of the system says. */
export function numberIn(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
