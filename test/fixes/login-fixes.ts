/** Problems with a Lever login: near its end, with too few scopes, its client rejected. */
import { seedLeverOAuthClient } from '../../src/simulator/seed/base-seed.js';
import { saveSettings } from '../../src/store/settings/settings.js';
import { decide } from '../oauth/decide.js';
import { commandsIn, type Fix, type Step } from './fix.js';
import type { FixWorld } from './fix-world.js';

const DAY = 86_400_000;
const FEW_SCOPES = 'offline_access opportunities:write:admin stages:read:admin tags:read:admin';

/**
 * Runs the printed command, accepts as a Super Admin, and runs it again with the URL that the
 * browser ended on.
 */
export const logsIn: Step = async (advice, world) => {
  const [command = []] = commandsIn(advice);
  const { stdout } = await world.succeed(...command);
  const { authorizeUrl } = JSON.parse(stdout) as { authorizeUrl: string };
  const address = await decide(authorizeUrl);
  await world.succeed(...command, '--redirected-url-file', world.file(address));
};

function revoke({ simulator: { lever } }: FixWorld): void {
  lever.oauth.revoke(seedLeverOAuthClient.id);
}

export const LOGIN_FIXES: readonly Fix[] = [
  {
    wrong: 'the login was given too few scopes',
    break: async (world) => {
      world.environment.LEVER_SCOPES = FEW_SCOPES;
      await logsIn('codesubmit-lever setup --new-login', world);
      delete world.environment.LEVER_SCOPES;
      // As if fewer had been requested then, as an older version did.
      await world.change((tx) => saveSettings(tx, { leverScopes: null }));
    },
    look: { doctor: 'lever_rights' },
    says: /: the login lacks the scope /,
    fix: [logsIn],
  },
  {
    wrong: 'the login is near its end',
    break: async (world) => {
      for (let times = 0; times < 4; times += 1) await world.later(85 * DAY);
    },
    look: { doctor: 'lever_login' },
    says: /The Lever login expires in \d+ days/,
    fix: [logsIn],
    alsoCovers: ['login_ending'],
  },
  {
    wrong: 'the client’s secret was changed in Lever',
    break: (world) => {
      revoke(world);
      const { oauth } = world.simulator.lever;
      oauth.apps.get(seedLeverOAuthClient.id)!.secret = 'another-secret';
      return world.untilRejected();
    },
    look: { command: ['setup', '--no-input'] },
    says: /Lever rejects the client id or its secret/,
    fix: [
      (advice, world) => {
        const file = world.file('another-secret');
        const filled = advice.replaceAll(' ID', ` ${seedLeverOAuthClient.id}`);
        return logsIn(filled.replaceAll('FILE', file), world);
      },
    ],
  },
];
