import type { EventOf } from './line.ts';
import { count, duration, grouped, size } from './numbers.ts';
import type { Part } from './status-line.ts';

/**
 * How far a pass is: `copying  [##--------]  25%  12/48 files  1 MB/4 MB  500 kB/s  6 s left` and
 * which pass it is. `ms`: how long it has been at this part. Without a total there is no bar.
 */
export function barParts(
  event: EventOf<'progress'>, { pass, scope }: EventOf<'pass-started'>, ms: number,
): readonly Part[] {
  const { phase, files, bytes, filesTotal, bytesTotal } = event;
  const parts: Part[] = [{ text: PHASES[phase], rank: 0, mood: 'busy' }];

  const done = shareOf(event);
  if (done !== undefined) {
    const cells = Math.floor(done * BAR_CELLS);
    parts.push({ text: `[${'#'.repeat(cells)}${'-'.repeat(BAR_CELLS - cells)}]`, rank: 4 });
    parts.push({ text: `${Math.floor(done * 100)}%`, rank: 1 });
  }
  parts.push({ rank: 2, text: filesTotal === undefined
    ? count(files, 'file') : `${grouped(files)}/${count(filesTotal, 'file')}` });
  if (bytes > 0) {
    parts.push({ rank: 6, text: bytesTotal === undefined
      ? size(bytes) : `${size(bytes)}/${size(bytesTotal)}` });
    if (ms >= 100) parts.push({ text: `${size(bytes / ms * 1_000)}/s`, rank: 5 });
  }
  if (done !== undefined && done > 0 && done < 1 && ms >= 1_000) {
    const leftMs = Math.ceil((ms / done - ms) / 1_000) * 1_000;
    parts.push({ text: `${duration(leftMs)} left`, rank: 3 });
  }
  parts.push({ text: `pass ${grouped(pass)}, ${scope}`, rank: 7, mood: 'aside' });
  return parts;
}

const PHASES: Readonly<Record<EventOf<'progress'>['phase'], string>> =
  { scan: 'scanning', compare: 'comparing', apply: 'copying' };

const BAR_CELLS = 10;

/**
 * From 0 to 1, or undefined where no total is known; it may be passed while files grow. Files count
 * beside bytes: a thousand empty ones take their time, too.
 */
function shareOf(event: EventOf<'progress'>): number | undefined {
  const { files, bytes, filesTotal = 0, bytesTotal = 0 } = event;
  const done = files * FILE_BYTES + bytes;
  const total = filesTotal * FILE_BYTES + bytesTotal;
  return total <= 0 ? undefined : Math.min(done / total, 1);
}

/** A file more takes about as long as so many bytes more. */
const FILE_BYTES = 64 * 1_024;
