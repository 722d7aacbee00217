import { random, type Random } from '../support/random.ts';
import type { During, Row, Settings, Side, Step } from './row.ts';

/** What calls fail with now and then. No error says that there is nothing: it would be a lie. */
const ERRORS = ['EIO', 'EIO', 'EACCES', 'EPERM', 'ENOSPC', 'EMFILE', 'ESTALE', 'EBUSY', 'ENOMEM',
  'EROFS', 'EDQUOT', 'ETIMEDOUT', 'EINTR'];

/** The row of a seed: a tree, and rounds of edits and passes with what goes wrong in them. */
export function generate(seed: number): Row {
  const rng = random(seed);
  const steps: Step[] = [{ edit: 'S', seed: sub(rng), times: 3 + rng.below(25) }];
  if (rng.once(4)) steps.push({ edit: 'D', seed: sub(rng), times: 1 + rng.below(8) });
  const isGentle = rng.once(4);
  const losesPower = rng.once(2);
  const durable = seed % 8 === 5 ? { durable: true as const } : {};
  const settings = { ...settingsOf(rng, isGentle), ...durable };
  for (let rounds = 1 + rng.below(4); rounds > 0; rounds -= 1) {
    steps.push(rng.once(2) ? { sync: during(rng) } : watchOf(rng, isGentle),
      ...between(rng, losesPower));
  }
  return { seed, settings, steps };
}

const sub = (rng: Random): number => rng.below(1_000_000);

function settingsOf(rng: Random, isGentle: boolean): Settings {
  const hearing = isGentle ? { twice: 20, invented: 10 } : {
    lost: rng.pick([0, 10, 100]), twice: rng.pick([0, 20]), invented: rng.pick([0, 20]),
    late: rng.pick([5, 30, 1000]),
  };
  return {
    hearing, interval: isGentle ? 600_000 : rng.pick([2000, 5000, 20_000]),
    ...(rng.once(3) ? { workers: 1 + rng.below(2) } : {}),
    ...(rng.once(2) ? { grain: rng.pick([1000, 4000, 10_000]) } : {}),
    ...(rng.once(2) ? { reuse: true as const } : {}),
    ...(rng.once(3) ? { slow: rng.pick([300, 3000]) } : {}),
    ...(rng.once(3) ? { chunk: 4096 * (1 + rng.below(4)) } : {}),
    ...(rng.once(12) ? { checksum: true as const } : {}),
    ...(rng.once(4) ? { trash: true as const } : {}),
    ...(rng.once(4) ? { rules: true as const } : {}),
    ...(rng.once(12) ? { deleteIgnored: true as const } : {}),
    ...(rng.once(6) ? { maxDelete: rng.pick([0, 3]) } : {}),
  };
}

/** What happens while a pass runs: mostly nothing, mostly early. */
function during(rng: Random): (During & { readonly at: number })[] {
  const all: (During & { readonly at: number })[] = [];
  const at = (): number => 1 + rng.below(rng.pick([60, 300, 1000]));
  const side = (): Side => (rng.once(4) ? 'D' : 'S');
  if (rng.once(2)) {
    for (let count = rng.below(6); count > 0; count -= 1) {
      all.push({ at: at(), edit: side(), seed: sub(rng) });
    }
  }
  if (rng.once(2)) {
    for (let count = rng.below(8); count > 0; count -= 1) {
      all.push({ at: at(), hit: side(), seed: sub(rng) });
    }
  }
  if (rng.once(4)) {
    for (let count = 1 + rng.below(4); count > 0; count -= 1) {
      all.push({ at: at(), spoil: sub(rng) });
    }
  }
  if (rng.once(2)) {
    for (let count = rng.below(5); count > 0; count -= 1) {
      const after = rng.once(4) ? { after: true as const } : {};
      all.push({ at: at(), error: rng.pick(ERRORS), ...after });
    }
  }
  if (rng.once(4)) {
    all.push({ at: at(), blind: rng.pick(ERRORS), calls: rng.pick([20, 200, 2000]) });
  }
  if (rng.once(10)) all.push({ at: at(), clock: rng.pick([-3_600_000, -500, 500, 3_600_000]) });
  if (rng.once(3)) all.push({ at: at(), crash: true });
  return all.sort((a, b) => a.at - b.at);
}

/** A watch: things happen now and then, and in bursts. */
function watchOf(rng: Random, isGentle: boolean): Step {
  const all: During[] = [];
  for (let bursts = 1 + rng.below(4); bursts > 0; bursts -= 1) {
    const beginMs = rng.below(rng.pick([400, 4000]));
    const side = isGentle || !rng.once(4) ? 'S' : 'D';
    for (let count = 1 + rng.below(5); count > 0; count -= 1) {
      all.push({ ms: beginMs + rng.below(rng.pick([2, 200])), edit: side, seed: sub(rng) });
    }
  }
  if (isGentle) {
    for (const one of during(rng)) {
      if (('hit' in one && one.hit === 'S') || ('edit' in one && one.edit === 'S')) all.push(one);
    }
  } else {
    all.push(...during(rng));
    const at = (): { readonly ms: number } => ({ ms: rng.below(5000) });
    if (rng.once(4)) all.push({ ...at(), watcher: rng.pick(['overflow', 'dies']) });
    if (rng.once(4)) all.push({ ...at(), word: rng.pick(['sync', 'pause', 'approve', 'quit']) });
    if (rng.once(5)) all.push({ ...at(), error: rng.pick(ERRORS) });
  }
  return { watch: rng.pick([1000, 6000, 30_000]), during: all };
}

function between(rng: Random, losesPower: boolean): Step[] {
  const all: Step[] = [];
  if (rng.once(3)) all.push({ wait: rng.pick([1, 100, 3000, 100_000]) });
  if (!rng.once(3)) all.push({ edit: 'S', seed: sub(rng), times: 1 + rng.below(8) });
  if (rng.once(4)) all.push({ edit: 'D', seed: sub(rng), times: 1 + rng.below(4) });
  // Of a power cut only the record tells: where both are lost, nobody could know.
  if (rng.once(4)) all.push(losesPower ? { power: sub(rng) } : { forget: rng.pick([1, 2, 1000]) });
  if (rng.once(15)) all.push({ clock: rng.pick([-3_600_000, -1000, 86_400_000]) });
  return all;
}
