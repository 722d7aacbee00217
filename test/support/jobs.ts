import type { Job } from '../../lib/disk/job.ts';
import type { Mirror } from '../../lib/mirror.ts';

/** A mirror whose jobs, but those that go ahead, go by way of `around`, which has `run` do each. */
export const aroundJobs = (
  { pool, ...mirror }: Mirror, around: <T>(job: Job, run: () => Promise<T>) => Promise<T>,
): Mirror => ({
  ...mirror,
  pool: {
    ...pool, ahead: pool.ahead,
    run: (job, context, heavy) => around(job, () => pool.run(job, context, heavy)),
  },
});
