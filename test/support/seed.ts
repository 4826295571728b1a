/** The seed of all that is random in a run, fast-check's properties included. */
import fc from 'fast-check';

export const SEED = Number(process.env.SEED);

fc.configureGlobal({ seed: SEED });
