import type { SyncEvent } from '../core/event.ts';
import { line, type Line } from './line.ts';
import { count } from './numbers.ts';

/** From an event's line to the lines that a terminal shows for it. */
export type Fold = (event: SyncEvent, told: Line | undefined) => readonly Line[];

/** So many lines of a burst are shown … */
const SHOWN = 10;
/** … and of what goes on and on so many a second. */
const A_SECOND = 2;

/**
 * Folds what would scroll by unread: of the operations and problems of a burst the first ones are
 * shown, and at the end of the pass how many more there were. A person who saves a file now and
 * then is told of each. The log file and `--verbose` have them all.
 */
export function createFold(now: () => number): Fold {
  let left = SHOWN;
  let lastMs = now();
  const hidden = { operations: NONE, problems: NONE };

  const shownOr = (what: keyof typeof hidden, told: Line): readonly Line[] => {
    left = Math.min(SHOWN, left + (now() - lastMs) / 1_000 * A_SECOND);
    lastMs = now();
    if (left >= 1) {
      left -= 1;
      return [told];
    }
    const { lines, first = told } = hidden[what];
    hidden[what] = { lines: lines + 1, first };
    return [];
  };

  return (event, told) => {
    if (told === undefined) return [];
    switch (event.kind) {
      case 'operation-done':
        // A plan is what was asked for, and details are not shown here anyway.
        return event.dryRun === true || told.level === 'debug'
          ? [told] : shownOr('operations', told);
      case 'problem':
        return shownOr('problems', told);
      case 'pass-finished':
        // The pass in hand goes on beside a small one, and so does what it hides.
        if (event.aside === true) return [told];
        break;
      case 'pass-failed': case 'waiting': case 'stopped':
        break;
      default:
        return [told];
    }
    const { operations, problems } = hidden;
    Object.assign(hidden, { operations: NONE, problems: NONE });
    return [...folded(operations, 'operation'), ...folded(problems, 'problem'), told];
  };
}

/** What is not shown, for now. */
interface Hidden {
  readonly lines: number;
  readonly first?: Line;
}

const NONE: Hidden = { lines: 0 };

/** How many there were; a single one itself, since a line that counts it would be no gain. */
function folded({ lines, first }: Hidden, what: string): readonly Line[] {
  if (first === undefined || lines === 1) return first === undefined ? [] : [first];
  return [line(first.level, `… and ${count(lines, `more ${what}`)}`)];
}
