import { columnsOf, cut } from './columns.ts';

/** What a piece of the status line tells of, for colours. */
export type Mood = 'well' | 'busy' | 'heed' | 'aside';

/** One piece of the status line. The pieces of the highest rank go first where it is narrow. */
export interface Part {
  readonly text: string;
  readonly rank: number;
  readonly mood?: Mood;
}

/**
 * The parts that fit, in their order; at least the most important one, cut off at the edge.
 *
 *     copying  [##--------]  25%  300/1,200 files  6 s left    in 60 columns
 *     copying  25%  300/1,200 files                            in 40
 */
export function fit(parts: readonly Part[], columns: number): readonly Part[] {
  if (columnsOf(textOf(parts)) <= columns) return parts;
  const [first, ...rest] = parts;
  if (first === undefined) return parts;
  const last = Math.max(...parts.map((part) => part.rank));
  if (parts.every((part) => part.rank === last)) {
    const others = columnsOf(textOf(parts)) - columnsOf(first.text);
    // What has no room beside one character of it goes, after all.
    return columns > others ? [{ ...first, text: cut(first.text, columns - others) }, ...rest]
      : [{ ...first, text: cut(first.text, columns) }];
  }
  return fit(parts.filter((part) => part.rank !== last), columns);
}

/**
 * Of the status lines of several pairs the one to show: one that has to be heeded goes before one
 * that is at work, and that before the others; of equals the last.
 */
export function mostUrgent(lines: readonly (readonly Part[])[]): readonly Part[] {
  const urgency = (parts: readonly Part[]): number =>
    (parts.some(({ mood }) => mood === 'heed') ? 3 : parts.some(({ mood }) => mood === 'busy') ? 2
      : parts.length > 0 ? 1 : 0);
  return lines.reduce((best, parts) => (urgency(parts) >= urgency(best) ? parts : best), []);
}

/** The line; `paint` gives each part its colour. */
export const textOf = (
  parts: readonly Part[], paint: (part: Part) => string = ({ text }) => text,
): string => parts.map(paint).join('  ');
