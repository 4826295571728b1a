/** Problems at Lever: its key, its permissions, its stages and users, its clock. */
import { onlyRights, rightsWithout } from '../../src/simulator/lever/lever-access.js';
import { seedLeverApiKey } from '../../src/simulator/seed/base-seed.js';
import { type FixWorld, RULE, STAGE } from './fix-world.js';
import { does, RUNNING, STUCK, types, type Fix } from './fix.js';

const SAM = 'f0a1b2c3-0000-4000-8000-000000000001';
const MINUTE = 60_000;

const lever = ({ simulator }: FixWorld) => simulator.lever;
const newKey = { FILE: (world: FixWorld) => world.newLeverKey() };

/** The key in use no longer works. */
function revokeKeys({ simulator: { lever: world } }: FixWorld): void {
  for (const { id } of world.access.grants.values()) world.access.revoke(id);
}

function restoreKeys({ simulator: { lever: world } }: FixWorld): void {
  for (const grant of world.access.grants.values()) grant.isRevoked = false;
}

/** A key with every permission again. */
const wholeKey = (world: FixWorld) =>
  world.succeed('setup', '--no-input', '--lever-api-key-file', world.file(seedLeverApiKey));

const useKey = (rights: ReturnType<typeof rightsWithout>) => (world: FixWorld) =>
  world.succeed('setup', '--no-input', '--lever-api-key-file', world.newLeverKey(rights));

const setStage = (isActive: boolean) => (world: FixWorld) => {
  const { account } = lever(world);
  account.changeStage(account.getStage(STAGE).id, { isActive });
};

export const LEVER_FIXES: readonly Fix[] = [
  {
    wrong: 'the Lever key is revoked, so everything waits',
    break: async (world) => {
      revokeKeys(world);
      await world.untilRejected();
    },
    look: { status: 'needs_reauth' },
    says: /^✗ Lever rejects the key or login, so everything waits \(.*401/,
    alone: { check: 'lever', first: STUCK },
    fix: [does(/Create a new key in Lever/, () => undefined), types(newKey)],
  },
  {
    wrong: 'another key is in the environment',
    break: ({ environment, simulator }) => {
      environment.LEVER_API_KEY = simulator.lever.access.addKey({}).credential;
    },
    look: { status: 'key_overridden' },
    says: /^! LEVER_API_KEY in the environment overrides the stored key/,
    fix: [does(/Remove it/, ({ environment }) => delete environment.LEVER_API_KEY)],
  },
  {
    wrong: 'Lever rejected the key for a while',
    break: async (world) => {
      revokeKeys(world);
      await world.untilRejected();
      // A call of the daemon's that is under way could show it that the key works.
      await world.stop();
      restoreKeys(world);
    },
    look: { doctor: 'lever' },
    says: /Lever accepts us again, but sending still waits/,
    fix: [types(), does(/The daemon tries again/, (world) => world.serveHere())],
  },
  {
    wrong: 'the stage is deactivated',
    break: setStage(false),
    look: { doctor: 'stages' },
    says: /Lever has no active stage “Take-home”, which rule \d+ uses/,
    alone: { check: 'stages', first: RUNNING },
    fix: [does(/Activate it in Lever/, setStage(true))],
    alsoCovers: ['stage_gone'],
  },
  {
    wrong: 'no rule is left',
    break: (world) => world.removeRules(),
    look: { doctor: 'rules' },
    says: /There are no rules, so no one gets a challenge/,
    fix: [types({ STAGE, TAG: 'codesubmit:backend', CHALLENGE: 'Backend API' })],
    alsoCovers: ['no_rules'],
  },
  {
    wrong: 'a mistyped tag is in use',
    break: (world) => world.person({ stageId: 'New lead', tags: ['codesubmit:backnd'] }),
    look: { doctor: 'tags' },
    says: /Lever has a tag “codesubmit:backnd”, which is close to codesubmit:backend/,
    fix: [
      does(/In Lever, replace it with codesubmit:backend/, (world) => {
        for (const { id } of lever(world).opportunities.all.values()) {
          lever(world).actions.removeTags(id, ['codesubmit:backnd']);
        }
      }),
    ],
  },
  {
    wrong: 'tags are in use that name no challenge, under a rule for every challenge',
    break: async (world) => {
      await world.removeRules();
      await world.succeed('rules', 'add', `stage=${STAGE};tag=codesubmit:*;challenge=*`);
    },
    look: { doctor: 'tags' },
    says: /Lever has tags for which there is no challenge.*“codesubmit:backend” names no challenge; nearest: codesubmit:backend-api/,
    fix: [
      does(/Replace them in Lever, on candidates and postings/, (world) => {
        const { postings, opportunities, actions } = lever(world);
        for (const { id } of postings.all.values())
          postings.setTags(id, ['codesubmit:backend-api']);
        for (const { id, tags } of opportunities.all.values()) actions.removeTags(id, tags);
      }),
      types(),
    ],
    after: async (world) => {
      await world.removeRules();
      await world.succeed('rules', 'add', RULE);
    },
  },
  {
    wrong: 'the acting user is deactivated',
    break: async (world) => {
      const { id } = lever(world).account.addUser({ name: 'Gone Soon' });
      await world.succeed('setup', '--no-input', '--perform-as', id);
      lever(world).account.deactivateUser(id, lever(world).now());
      // Their link is refused: that is no second failure.
      await world.report(world.person());
      await world.untilProblem('link_refused');
    },
    look: { doctor: 'acting_user' },
    says: /Gone Soon, the acting user, is deactivated in Lever/,
    alone: { check: 'acting_user', first: RUNNING },
    fix: [types({ USER_ID: SAM })],
    alsoCovers: ['acting_user_gone'],
  },
  {
    wrong: 'a permission is missing that only some features need',
    break: useKey(rightsWithout('tags:read', 'tags:write')),
    look: { doctor: 'lever_rights' },
    says: /Finding mistyped tags: the API key lacks the right “read tags”/,
    fix: [does(/Create a new key with the boxes “read tags”/, () => undefined), types(newKey)],
  },
  {
    wrong: 'the permission to read candidates is missing',
    break: async (world) => {
      const { lever: simulated } = world.simulator;
      const [grant] = [...simulated.access.grants.values()].filter(
        ({ credential }) => credential === seedLeverApiKey,
      );
      await wholeKey(world);
      Object.assign(grant!.rights, onlyRights(['stages:read', 'tags:read', 'users:read']));
    },
    look: { doctor: 'lever_rights' },
    says: /Reading candidates, their stages and tags: the API key lacks the right “read opp/,
    fix: [does(/Create a new key with the boxes “read opp/, () => undefined), types(newKey)],
    alsoCovers: ['rights_missing'],
    after: (world) => {
      for (const grant of lever(world).access.grants.values()) {
        Object.assign(grant.rights, rightsWithout());
      }
    },
  },
  {
    wrong: 'a confidential candidate is hidden',
    break: async (world) => {
      await useKey(rightsWithout('confidential:access'))(world);
      await world.report(world.person({ confidential: true }));
    },
    look: { doctor: 'confidential' },
    says: /Lever hides one candidate from us, probably confidential/,
    fix: [
      does(/Create a new key with access to confidential data/, () => undefined),
      types(newKey),
    ],
    after: (world) => {
      for (const { id, confidentiality } of lever(world).opportunities.all.values()) {
        if (confidentiality === 'confidential') lever(world).actions.setConfidential(id, false);
      }
      return world.sweep();
    },
  },
  {
    wrong: 'the clock is wrong',
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
    alsoCovers: ['clock'],
  },
];
