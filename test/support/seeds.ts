/**
 * The seeds of a churn; as many as are given, unless told otherwise from outside: more of them
 * (`FSYNC_SEEDS=50`), or a single one (`FSYNC_SEED=17`).
 */
export const churnSeeds = (count: number): number[] =>
  (process.env.FSYNC_SEED !== undefined ? [Number(process.env.FSYNC_SEED)]
    : Array.from({ length: Number(process.env.FSYNC_SEEDS ?? count) }, (_, at) => at + 1));

/** How many steps a churn has: about two seconds of them; ten are `FSYNC_STEPS=900`. */
export const CHURN_STEPS = Number(process.env.FSYNC_STEPS ?? 150);
