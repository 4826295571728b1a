/** What goes wrong at Lever: its key, its rights, its stages and users, its clock. */
import { onlyRights, rightsWithout } from '../../src/simulator/lever/lever-access.js';
import { seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { startSimulator, type Simulator } from '../../src/simulator/start-simulator.js';
import { type FixWorld, RULE, STAGE } from './fix-world.js';
import { does, types, type Fix } from './fix.js';

const SAM = 'f0a1b2c3-0000-4000-8000-000000000001';
const MINUTE = 60_000;

let other: Simulator | undefined;

const lever = ({ simulator }: FixWorld) => simulator.lever;
const newKey = { FILE: (world: FixWorld) => world.newLeverKey() };

/** The key in use is good no more. */
function revokeKeys({ simulator: { lever: world } }: FixWorld): void {
  for (const { id } of world.access.grants.values()) world.access.revoke(id);
}

function restoreKeys({ simulator: { lever: world } }: FixWorld): void {
  for (const grant of world.access.grants.values()) grant.isRevoked = false;
}

/** A key that has every right again. */
const wholeKey = (world: FixWorld) =>
  world.succeed('setup', '--no-input', '--lever-api-key-file', world.file(seedLeverApiKey));

const useKey = (rights: ReturnType<typeof rightsWithout>) => (world: FixWorld) =>
  world.succeed('setup', '--no-input', '--lever-api-key-file', world.newLeverKey(rights));

const setStage = (isActive: boolean) => (world: FixWorld) => {
  const { account } = lever(world);
  account.changeStage(account.getStageNamed(STAGE).id, { isActive });
};

export const LEVER_FIXES: readonly Fix[] = [
  {
    wrong: 'the Lever key is revoked',
    break: revokeKeys,
    look: { doctor: 'lever' },
    says: /Lever refuses the account .*401/,
    fix: [does(/Make a new key in Lever/, () => undefined), types(newKey)],
  },
  {
    wrong: 'the Lever key is revoked, and everything waits',
    break: async (world) => {
      revokeKeys(world);
      await world.sweep().catch(() => undefined);
    },
    look: { status: 'needs_reauth' },
    says: /\(lever\): Lever refuses the account, and everything waits \(.*401/,
    fix: [does(/Make a new key in Lever/, () => undefined), types(newKey)],
  },
  {
    wrong: 'the Lever key was refused for a while',
    break: async (world) => {
      revokeKeys(world);
      await world.untilRefused('lever');
      restoreKeys(world);
    },
    look: { doctor: 'lever' },
    says: /Lever lets us in again, but everything still waits/,
    fix: [types()],
  },
  {
    wrong: 'the daemon is given a key of another account',
    break: async (world) => {
      // The other Lever takes this key too.
      await wholeKey(world);
      other = await startSimulator();
      for (const stage of other.lever.account.stages) stage.id = `another-${stage.id}`;
      for (const user of other.lever.account.users) user.id = `another-${user.id}`;
      world.env['LEVER_API_URL'] = other.leverApiUrl;
      await world.untilRefused('lever');
    },
    look: { status: 'other_account' },
    says: /The Lever key or login in use belongs to another account/,
    fix: [
      does(/Use a key of the right account/, (world) => {
        world.env['LEVER_API_URL'] = world.simulator.leverApiUrl;
      }),
      types(newKey),
    ],
    after: () => other?.close(),
  },
  {
    wrong: 'nothing shows which account the key is of',
    break: (world) =>
      world.inHome((file) => file.exec('UPDATE integration SET account_unverified_at = 1')),
    look: { status: 'account_unverified' },
    says: /Nothing shows whether the Lever key or login in use belongs to the same account/,
    fix: [types()],
  },
  {
    wrong: 'Lever is down',
    break: (world) => lever(world).faults.set({ kind: '5xx', route: '/v1/stages' }),
    look: { doctor: 'lever' },
    says: /Lever has a fault of its own at the moment \(.*500/,
    fix: [
      does(/Wait until Lever answers as it should/, (world) => lever(world).faults.clear()),
      types(),
    ],
  },
  {
    wrong: 'the stage is deactivated',
    break: setStage(false),
    look: { doctor: 'stages' },
    says: /Lever has no active stage “Take-home”, which rule \d+ names/,
    fix: [does(/Activate it in Lever/, setStage(true))],
    alsoCovers: ['stage_gone'],
  },
  {
    wrong: 'the stage is deactivated for good',
    break: setStage(false),
    look: { doctor: 'stages' },
    says: /Lever has no active stage “Take-home”/,
    fix: [types()],
    after: async (world) => {
      setStage(true)(world);
      await world.succeed('rules', 'add', RULE);
    },
  },
  {
    wrong: 'no rule is left',
    break: (world) => world.removeRules(),
    look: { doctor: 'rules' },
    says: /No rule says who gets which challenge/,
    fix: [types({ STAGE, TAG: 'codesubmit:backend', CHALLENGE: 'Backend API' })],
    alsoCovers: ['no_rules'],
  },
  {
    wrong: 'a tag that is nearly right is in use',
    break: (world) => world.person({ stageId: 'New lead', tags: ['codesubmit:backnd'] }),
    look: { doctor: 'tags' },
    says: /Lever has a tag “codesubmit:backnd”, which is not quite codesubmit:backend/,
    fix: [
      does(/Replace it by codesubmit:backend in Lever/, (world) => {
        for (const { id } of lever(world).opportunities.all.values()) {
          lever(world).actions.removeTags(id, ['codesubmit:backnd']);
        }
      }),
    ],
  },
  {
    wrong: 'the acting user is deactivated',
    break: async (world) => {
      const { id } = lever(world).account.addUser({ name: 'Gone Soon' });
      await world.succeed('setup', '--no-input', '--perform-as', id);
      lever(world).account.deactivateUser(id, lever(world).now());
    },
    look: { doctor: 'acting_user' },
    says: /Gone Soon, on whose behalf it writes, is deactivated in Lever/,
    fix: [types({ USER_ID: SAM })],
    alsoCovers: ['acting_user_gone'],
  },
  {
    wrong: 'a right is missing that only some features need',
    break: useKey(rightsWithout('tags:read', 'tags:write')),
    look: { doctor: 'lever_rights' },
    says: /The API key lacks the right for: seeing which tags are in use/,
    fix: [does(/Make a new key with these rights in Lever/, () => undefined), types(newKey)],
  },
  {
    wrong: 'the right to read candidates is missing',
    break: async (world) => {
      const { lever: simulated } = world.simulator;
      const [grant] = [...simulated.access.grants.values()].filter(
        ({ credential }) => credential === seedLeverApiKey,
      );
      await wholeKey(world);
      Object.assign(grant!.rights, onlyRights(['stages:read', 'tags:read', 'users:read']));
    },
    look: { doctor: 'lever_rights' },
    says: /The API key lacks the right for: reading candidates/,
    fix: [does(/Make a new key with these rights in Lever/, () => undefined), types(newKey)],
    alsoCovers: ['rights_missing'],
    after: (world) => {
      for (const grant of lever(world).access.grants.values()) {
        Object.assign(grant.rights, rightsWithout());
      }
    },
  },
  {
    wrong: 'a confidential candidate can’t be seen',
    break: async (world) => {
      await useKey(rightsWithout('confidential:access'))(world);
      await world.deliver(world.person({ confidential: true }));
    },
    look: { doctor: 'confidential' },
    says: /Lever does not show one candidate to us: they are confidential, perhaps/,
    fix: [does(/Make a new key with access to confidential data/, () => undefined), types(newKey)],
    after: (world) => {
      for (const { id, confidentiality } of lever(world).opportunities.all.values()) {
        if (confidentiality === 'confidential') lever(world).actions.setConfidential(id, false);
      }
      return world.sweep();
    },
  },
  {
    wrong: 'the right to see confidential candidates is taken away',
    break: async (world) => {
      await wholeKey(world);
      for (const grant of lever(world).access.grants.values()) {
        grant.rights['confidential:access'] = false;
      }
    },
    look: { doctor: 'confidential' },
    says: /The right to see confidential candidates is gone/,
    fix: [types()],
    alsoCovers: ['confidential_refused'],
  },
  {
    wrong: 'the right to see confidential candidates is given later',
    break: (world) => {
      for (const grant of lever(world).access.grants.values()) {
        grant.rights['confidential:access'] = true;
      }
    },
    look: { doctor: 'confidential' },
    says: /Confidential candidates may be seen by now, but are not asked for/,
    fix: [types()],
  },
  {
    wrong: 'Lever’s data protection forbids contact with a candidate',
    break: async (world) => {
      world.person({ isContactAllowed: false });
      await world.sweep();
    },
    look: { doctor: 'consent' },
    says: /Lever’s data protection keeps one candidate from a challenge/,
    fix: [
      does(/renew their consent in Lever/, async (world) => {
        for (const id of lever(world).opportunities.all.keys()) {
          lever(world).contacts.setContactAllowed(id, true);
        }
        await world.sweep();
      }),
    ],
  },
  {
    wrong: 'the clock is wrong, for doctor',
    break: (world) => {
      world.aheadMs = 10 * MINUTE;
    },
    look: { doctor: 'clock' },
    says: /This machine’s clock is 10 minutes ahead of Lever’s/,
    fix: [
      does(/Set the clock/, (world) => {
        world.aheadMs = 0;
      }),
    ],
  },
  {
    wrong: 'the clock is wrong, for the daemon',
    break: async (world) => {
      world.aheadMs = -10 * MINUTE;
      await world.sweep();
    },
    look: { status: 'clock_off' },
    says: /This machine’s clock is 10 minutes behind Lever’s/,
    fix: [
      does(/Set the clock/, async (world) => {
        world.aheadMs = 0;
        await world.sweep();
      }),
    ],
  },
];
