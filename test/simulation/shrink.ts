import type { Row, Step } from './row.ts';

/** The smallest row that is found to fail still, by leaving out one thing after the other. */
export async function shrink(row: Row, fails: (row: Row) => Promise<boolean>): Promise<Row> {
  let best = row;
  for (let again = true; again;) {
    again = false;
    for (const smaller of smallerThan(best)) {
      if (!await fails(smaller)) continue;
      best = smaller;
      again = true;
      break;
    }
  }
  return best;
}

/** What could be left out, the most first. */
function* smallerThan(row: Row): Generator<Row> {
  const { steps, settings = {} } = row;
  for (let length = steps.length >> 1; length >= 1; length >>= 1) {
    for (let at = 0; at + length <= steps.length; at += length) {
      yield { ...row, steps: [...steps.slice(0, at), ...steps.slice(at + length)] };
    }
  }
  for (const [at, step] of steps.entries()) {
    for (const smaller of smallerStep(step)) yield { ...row, steps: steps.with(at, smaller) };
  }
  for (const key of Object.keys(settings)) {
    yield { ...row, settings: Object.fromEntries(
      Object.entries(settings).filter(([each]) => each !== key)) };
  }
}

function* smallerStep(step: Step): Generator<Step> {
  if ('edit' in step && (step.times ?? 1) > 1) {
    const { times = 1 } = step;
    for (const less of new Set([1, times >> 1, times - 1])) yield { ...step, times: less };
  }
  if ('sync' in step) for (const sync of fewer(step.sync)) yield { sync };
  if ('watch' in step) for (const during of fewer(step.during)) yield { ...step, during };
}

function* fewer<T>(list: readonly T[]): Generator<T[]> {
  if (list.length > 1) yield [];
  for (const at of list.keys()) yield list.toSpliced(at, 1);
}
