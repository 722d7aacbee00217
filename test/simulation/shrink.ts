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
    for (const fewer of new Set([1, times >> 1, times - 1])) yield { ...step, times: fewer };
  }
  if (!('sync' in step)) return;
  const { sync } = step;
  if (sync.length > 1) yield { sync: [] };
  for (const at of sync.keys()) yield { sync: sync.toSpliced(at, 1) };
}
