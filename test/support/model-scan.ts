import { judge, metaDiffers, type Difference } from '../../lib/core/difference.ts';
import { childOf, isTemporary, nameOf, type Stat, type Triple } from '../../lib/core/entry.ts';
import {
  identityOf, isAsRecorded, isClean, isFolderMode, type NumberStat,
} from '../../lib/core/record-check.ts';
import { decodeFolder } from '../../lib/disk/record-bytes.ts';
import { BIRTH, COLUMNS, findRow, INO, MODE, sideOfStat } from '../../lib/core/record.ts';
import { oneFolder, type FolderTask, type ScanResult } from '../../lib/core/scan-task.ts';
import type { Pair } from './model.ts';

/** Root, so that owners count. */
export const POWERS = { root: true, groups: [] };

/** What the scan of a folder on disk finds, less ignore rules, mounts and failures. */
export function scanFolder(
  { at, record: bytes }: FolderTask, pair: Pair, checksum: boolean, found: ScanResult,
): void {
  const record = bytes && decodeFolder(bytes);
  const source = pair.source.stat(at.source);
  const replica = pair.replica.stat(at.replica);
  if (source?.type !== 'folder' || replica?.type !== 'folder') return;
  const isVouchedFor = record && isClean(record.self, 0, numbers(source), numbers(replica));
  if (!isVouchedFor && metaDiffers(source, replica, POWERS)) {
    found.differences.push({ kind: 'changed', at, source, replica, what: 'meta' });
  }

  const names = [...pair.source.names(at.source), ...pair.replica.names(at.replica)];
  for (const name of new Set(names.sort())) {
    const row = record === undefined ? -1 : findRow(record, name);
    const rows = row < 0 ? undefined : record!.rows.subarray(row * COLUMNS);
    scanEntry(childOf(at, name), rows, pair, checksum, found);
  }
}

function scanEntry(
  at: Triple, row: Float64Array | undefined, pair: Pair, checksum: boolean, found: ScanResult,
): void {
  const source = pair.source.stat(at.source);
  const replica = pair.replica.stat(at.replica);
  const tell = (one: Difference): void => void found.differences.push(one);
  if (source !== undefined) found.sources += 1;
  if (replica !== undefined) found.present += 1;
  const identity = replica && row && identityOf(row, 0, replica);
  const known = identity === undefined ? {} : { identity };
  if (source === undefined) {
    const isLitter = row === undefined && isTemporary(nameOf(at.replica));
    if (replica !== undefined) {
      tell({ kind: row === undefined ? 'extraneous' : 'vanished', at, replica, ...known,
        ...(isLitter ? { as: 'litter' } : {}) });
    }
    return;
  }
  tellLinks(at, source, replica, found);
  if (replica === undefined) {
    const isDrift = row !== undefined && isAsRecorded(row, 0, numbers(source));
    tell({ kind: 'new', at, source, ...(isDrift ? { drift: true } : {}) });
  } else if (source.type === 'folder' && replica.type === 'folder') {
    const side = sideOfStat(source);
    const isOther = row !== undefined && isFolderMode(row[MODE]!)
      && (row[INO] !== side[INO] || row[BIRTH] !== side[BIRTH]);
    if (isOther && identity !== undefined) tell({ kind: 'swapped', at, source, replica, identity });
    else found.inside.push(oneFolder(at, undefined, true, { chain: [], parentDev: -1 }));
  } else if (checksum || !row || !isClean(row, 0, numbers(source), numbers(replica))) {
    const target = pair.source.get(at.source).content;
    const what = judge(source, replica, {
      recorded: row !== undefined, checksum, powers: POWERS,
      sameTarget: target === pair.replica.get(at.replica).content,
    });
    const isOther = row !== undefined && row[INO] !== Number(source.ino);
    const rest = { at, source, replica, ...(isOther ? known : {}) };
    if (what === 'unsure') tell({ kind: 'unsure', ...rest });
    else if (what !== 'equal') tell({ kind: 'changed', ...rest, what });
  }
}

function tellLinks(at: Triple, source: Stat, replica: Stat | undefined, found: ScanResult): void {
  if (source.type !== 'file' || (source.nlink < 2 && (replica?.nlink ?? 0) < 2)) return;
  const id = (stat: Stat): string => `${stat.dev}:${stat.ino}`;
  found.linked.push(
    { at, source: id(source), replica: replica?.type === 'file' ? id(replica) : undefined });
}

/** The numbers of a plain lstat. */
function numbers(stat: Stat): NumberStat {
  const [mode, size, mtimeMs, ctimeMs, ino] = sideOfStat(stat) as [number, ...number[]];
  return { mode, size: size!, mtimeMs: mtimeMs!, ctimeMs: ctimeMs!, ino: ino! };
}
