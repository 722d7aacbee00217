import { BIRTH, INO, MOUNT, type FolderRecord } from '../core/record.ts';
import type { FolderTask, ScanContext } from '../core/scan-task.ts';
import { joinPath } from '../core/entry.ts';
import { codeOf, fsPath, isAbsent } from './bytes.ts';
import { markAt } from './mounts.ts';
import { quickLstat } from './stat.ts';

/** A folder of the source as it was before it was listed. */
interface Listed {
  readonly dev: number;
  readonly ino: number;
}

/** Whether what is in a folder is to be judged as a mount's: it was one, and nobody gave it up. */
export const wasMount = (
  self: Float64Array | undefined, task: FolderTask, context: ScanContext,
): boolean => self !== undefined && self[MOUNT] !== 0 && !isGivenUp(task, context);

/**
 * Whether a folder may have been one, for all we know: what was recorded of it is lost. The root
 * has its own record.
 */
export function mayHaveBeenMount(
  self: Float64Array | undefined, task: FolderTask, context: ScanContext,
): boolean {
  const { careful, wereMounts } = context;
  const path = task.at.source;
  return self === undefined && path !== '' && (wereMounts?.has(path) ?? careful)
    && !isGivenUp(task, context);
}

/**
 * Whether something was mounted over what is recorded of a folder. That is hidden, not gone; an
 * empty folder hides nothing, nor does one that was mounted in its own place.
 */
export function isHidden(
  { self, names }: FolderRecord, task: FolderTask, context: ScanContext,
): boolean {
  const path = task.at.source;
  if (path === '' || !context.mounts.has(path) || isGivenUp(task, context)) return false;
  if (self?.[MOUNT] !== 0 || names.length === 0) return false;
  try {
    const now = quickLstat(fsPath(joinPath(context.source, path)));
    return now === undefined || !isRecorded(self, now);
  } catch {
    return true;
  }
}

const isRecorded = (
  self: Float64Array, { ino, birthtimeMs }: { readonly ino: number; readonly birthtimeMs: number },
): boolean => ino === self[INO] && birthtimeMs === self[BIRTH] && birthtimeMs !== 0;

const isGivenUp = ({ at }: FolderTask, { givenUp }: ScanContext): boolean =>
  givenUp === 'all' || givenUp?.has(at.source) === true;

/**
 * Why a folder that was a mount is not believed: none is there any more, or one of another name, or
 * it went while it was looked at, which is why this is asked last. Undefined: it is there, or what
 * is there is the very folder that was recorded, as where one had been mounted in its own place.
 */
export function whyMountIsGone(
  self: Float64Array, listed: Listed, { at, parentDev }: FolderTask, { source }: ScanContext,
): string | undefined {
  try {
    const now = quickLstat(fsPath(joinPath(source, at.source)));
    if (now?.dev !== listed.dev || now.ino !== listed.ino) return 'mount-gone';
    const was = self[MOUNT]!;
    // Without a name it is the device alone that tells.
    if (now.dev !== parentDev && was === 1) return undefined;
    const mark = markAt(joinPath(source, at.source));
    if (was > 1 && mark > 1 && mark !== was) return 'mount-other';
    if (now.dev !== parentDev || mark !== 0) return undefined;
    return isRecorded(self, now) ? undefined : 'mount-gone';
  } catch (error) {
    const code = codeOf(error);
    return isAbsent(code) ? 'mount-gone' : code;
  }
}
