/**
 * Does the same with one item after another. Each step of each is a step of the whole; the bytes
 * that a step has read are told.
 */
export function* each<T, R>(
  items: readonly T[], act: (item: T) => Generator<number | void, R, void>,
  read: (bytes: number) => void = () => {},
): Generator<void, R[]> {
  const results: R[] = [];
  for (const item of items) {
    const steps = act(item);
    for (let step = steps.next(); ; step = steps.next()) {
      yield;
      if (step.done === true) {
        results.push(step.value);
        break;
      }
      if (typeof step.value === 'number') read(step.value);
    }
  }
  return results;
}
