/** What an admin sees before anything is set up. */
import { seedCodeSubmitApiKey, seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { types, type Fix } from './fix.js';
import { RULE } from './fix-world.js';

/** Each on its own data directory, with the keys ready. */
export const NEW_HOME_FIXES: readonly Fix[] = [
  {
    wrong: 'nothing is set up',
    break: ({ environment }) => {
      Object.assign(environment, {
        ...{ LEVER_API_KEY: seedLeverApiKey, CODESUBMIT_API_KEY: seedCodeSubmitApiKey },
        CODESUBMIT_LEVER_RULES: RULE,
      });
    },
    look: { doctor: 'set_up' },
    says: /Nothing is set up yet in /,
    fix: [types()],
    alsoCovers: ['not_set_up'],
  },
];
